#include "common/os/resolve.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <fmt/core.h>
#include <netdb.h>
#include <sys/socket.h>

#include "common/os/errors.hpp"
#include "common/os/sockaddr.hpp"

namespace aegis::os {
namespace {

Error cannot_resolve(const HostPort& where, int code, int system_code) {
  auto const what = fmt::format("cannot resolve {}", where.host);
  if (code == EAI_SYSTEM)
    return {ErrorKind::kUnreachable, what, errno_text(system_code),
            "check the network and its DNS"};
  auto const hint = code == EAI_AGAIN ? "the DNS server does not answer; check the network"
                                      : "check how the name is spelled";
  return {ErrorKind::kUnreachable, what, gai_strerror(code), hint};
}

}  // namespace

Result<std::vector<Endpoint>> resolve(const HostPort& where) {
  if (where.host.empty()) return std::vector<Endpoint>{Endpoint::any_v6(where.port)};
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* list = nullptr;
  int const code = getaddrinfo(where.host.c_str(), nullptr, &wanted, &list);
  if (code != 0) return cannot_resolve(where, code, errno);
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> const owner(list, freeaddrinfo);
  std::vector<Endpoint> found;
  for (auto const* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    auto const endpoint = to_endpoint(entry->ai_addr).with_port(where.port);
    if (std::find(found.begin(), found.end(), endpoint) == found.end()) found.push_back(endpoint);
  }
  if (found.empty()) return cannot_resolve(where, EAI_NONAME, 0);
  return found;
}

}  // namespace aegis::os
