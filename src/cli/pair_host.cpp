#include "cli/pair_host.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <optional>

#include <fmt/core.h>

#include "common/base/endpoint.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::cli {
namespace {

constexpr std::size_t kMaxHost = 253;

// The source address the kernel would use towards `peer`. Connecting a UDP socket sends nothing.
std::optional<std::string> source_towards(const Endpoint& peer, const Endpoint& any) {
  auto socket = os::UdpSocket::open({any, "", false}, Bytes(4096));
  if (!socket || !socket->connect(peer)) return std::nullopt;
  auto const local = socket->local();
  if (local.is_any() || local.is_loopback()) return std::nullopt;
  return address_to_string(local);
}

// Towards the addresses that RFC 5737 and RFC 3849 keep free for documents: what leads there is the
// default route.
std::optional<std::string> default_route_address() {
  auto v4 = source_towards(Endpoint::v4(192, 0, 2, 1, 9), Endpoint::v4(0, 0, 0, 0, 0));
  if (v4) return v4;
  constexpr Endpoint::Address kDocumentation{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                             0,    0,    0,    0,    0, 0, 0, 1};
  return source_towards(Endpoint(kDocumentation, 9), Endpoint::any_v6(0));
}

}  // namespace

Result<std::string> check_host(const std::string& text) {
  auto const refuse = [](std::string why) {
    return Error{ErrorKind::kUsage, "", std::move(why),
                 "write a name or an address, without a port: --host relay.example.org"};
  };
  std::string host = text;
  bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > kMaxHost) return refuse("it is empty or too long");
  if (host.find(':') != std::string::npos) {
    if (!parse_address(host)) return refuse("neither a name nor an address");
    return host;
  }
  bool const clean = std::all_of(host.begin(), host.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
  });
  if (!clean || host.front() == '-' || host.front() == '.')
    return refuse("neither a name nor an address");
  return host;
}

std::string printed_host(const config::State& state) {
  if (!state.public_host.empty()) return state.public_host;
  if (auto const address = default_route_address()) {
    fmt::print(
        stderr,
        "aegis: the relay's address is taken to be {}, where this host's default route leaves\n"
        "hint: if others reach it by another name, say so once with --host NAME\n",
        *address);
    return *address;
  }
  fmt::print(stderr,
             "aegis: the relay's address is not known: this host has no default route\n"
             "hint: say how others reach it with --host NAME\n");
  return "";
}

}  // namespace aegis::cli
