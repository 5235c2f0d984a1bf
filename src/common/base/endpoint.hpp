// An IPv4 or IPv6 address and a port, as a value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace aegis {

// IPv4 addresses are held in their mapped form (::ffff:a.b.c.d), so that a dual-stack socket and an
// IPv4 socket name the same host the same way.
class Endpoint {
 public:
  using Address = std::array<std::uint8_t, 16>;

  constexpr Endpoint() = default;
  constexpr Endpoint(Address address, std::uint16_t port, std::uint32_t scope = 0)
      : address_(address), scope_(scope), port_(port) {}
  static constexpr Endpoint v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                               std::uint16_t port) {
    return {Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, port};
  }
  static constexpr Endpoint loopback(std::uint16_t port) { return v4(127, 0, 0, 1, port); }
  static constexpr Endpoint any_v6(std::uint16_t port) { return {Address{}, port}; }

  constexpr const Address& address() const { return address_; }
  constexpr std::uint16_t port() const { return port_; }
  constexpr std::uint32_t scope() const { return scope_; }  // IPv6 zone index, 0 for none
  constexpr Endpoint with_port(std::uint16_t port) const { return {address_, port, scope_}; }
  bool is_v4() const;
  bool is_any() const;       // 0.0.0.0 or ::
  bool is_loopback() const;  // 127.0.0.0/8 or ::1

  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;

 private:
  Address address_{};
  std::uint32_t scope_ = 0;
  std::uint16_t port_ = 0;
};

// "192.0.2.1:5000", "[2001:db8::1]:5000". Numeric only: names are resolved by
// common/os/resolve.hpp.
Result<Endpoint> parse_endpoint(std::string_view text);
// An address without a port; the port is 0.
Result<Endpoint> parse_address(std::string_view text);

std::string to_string(const Endpoint& endpoint);
std::string address_to_string(const Endpoint& endpoint);
// For logs and for readers without the right to see addresses: "192.0.x.x", "2001:db8:x".
std::string masked(const Endpoint& endpoint);

// HOST:PORT or PORT as the user typed it; host may be a name. An IPv6 host stands in brackets.
struct HostPort {
  std::string host;  // empty: every address
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};
// `default_port` 0 means that the text must carry one.
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port);
std::string to_string(const HostPort& where);

}  // namespace aegis

template <>
struct std::hash<aegis::Endpoint> {
  std::size_t operator()(const aegis::Endpoint& endpoint) const noexcept;
};
