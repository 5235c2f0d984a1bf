#include "common/os/sockaddr.hpp"

#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace aegis::os {

void store_socket_address(const Endpoint& endpoint, int family, SocketAddress& out) {
  auto const& bytes = endpoint.address();
  if (family == AF_INET && (endpoint.is_v4() || endpoint.is_any())) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port());
    if (endpoint.is_v4()) std::memcpy(&v4.sin_addr, bytes.data() + 12, 4);
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.size = sizeof v4;
    return;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port());
  v6.sin6_scope_id = endpoint.scope();
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(&out.storage, &v6, sizeof v6);
  out.size = sizeof v6;
}

SocketAddress to_socket_address(const Endpoint& endpoint, int family) {
  SocketAddress out;
  store_socket_address(endpoint, family, out);
  return out;
}

Endpoint to_endpoint(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    std::uint8_t b[4] = {};
    std::memcpy(b, &v4.sin_addr, sizeof b);
    return Endpoint::v4(b[0], b[1], b[2], b[3], ntohs(v4.sin_port));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    Endpoint::Address bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return {bytes, ntohs(v6.sin6_port), v6.sin6_scope_id};
  }
  return {};
}

}  // namespace aegis::os
