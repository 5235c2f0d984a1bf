// Our endpoints as Asio's, and back. Included by this room's sources only.
#pragma once

#include <algorithm>

#include "common/base/endpoint.hpp"
#include "common/http/byte_stream.hpp"

namespace aegis::http {

inline Tcp::endpoint to_asio(const Endpoint& endpoint) {
  if (endpoint.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(endpoint.address().begin() + 12, 4, bytes.begin());
    return {asio::ip::address_v4(bytes), endpoint.port()};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(endpoint.address().begin(), 16, bytes.begin());
  return {asio::ip::address_v6(bytes, endpoint.scope()), endpoint.port()};
}

inline Endpoint from_asio(const Tcp::endpoint& endpoint) {
  auto const address = endpoint.address();
  if (!address.is_v4()) return {address.to_v6().to_bytes(), endpoint.port(), 0};
  auto const b = address.to_v4().to_bytes();
  return Endpoint::v4(b[0], b[1], b[2], b[3], endpoint.port());
}

}  // namespace aegis::http
