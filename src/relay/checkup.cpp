#include "relay/checkup.hpp"

#include <fmt/core.h>

#include "common/os/resolve.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::relay {
namespace {

using Level = Finding::Level;

constexpr Bytes kSmallBuffer(100'000);

Finding check_listener(const std::string& name, const HostPort& where) {
  Finding finding{Level::kOk, "listen", name, "", ""};
  auto const refused = [&](const Error& error) {
    finding.level = Level::kFault;
    finding.seen = fmt::format("UDP {}: {}", where.port, error.why);
    finding.hint = error.hint.empty() ? "ip -br address" : error.hint;
    return finding;
  };
  auto const addresses = os::resolve(where);
  if (!addresses) return refused(addresses.error());
  auto const socket = os::UdpSocket::open({addresses->front(), ""}, kSmallBuffer);
  if (socket) {
    finding.seen = fmt::format("UDP {} is free", where.port);
  } else if (socket.error().kind == ErrorKind::kTryLater) {
    finding.level = Level::kNote;
    finding.seen =
        fmt::format("UDP {} is in use, by the running relay or another program", where.port);
    finding.hint = "ss -ulpn";
  } else {
    return refused(socket.error());
  }
  return finding;
}

}  // namespace

Findings check_listeners(const std::vector<std::pair<std::string, HostPort>>& listeners) {
  Findings out;
  for (auto const& [name, where] : listeners) out.push_back(check_listener(name, where));
  return out;
}

}  // namespace aegis::relay
