// Endpoint to the kernel's socket addresses and back.
#pragma once

#include <sys/socket.h>

#include "common/base/endpoint.hpp"

namespace aegis::os {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// For a socket of `family` (AF_INET or AF_INET6). On an AF_INET socket any_v6 becomes 0.0.0.0; any
// other IPv6 address stays what it is, and the kernel refuses it.
SocketAddress to_socket_address(const Endpoint& endpoint, int family);
void store_socket_address(const Endpoint& endpoint, int family, SocketAddress& out);

// An unknown family gives Endpoint().
Endpoint to_endpoint(const sockaddr* address);

}  // namespace aegis::os
