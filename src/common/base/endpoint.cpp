#include "common/base/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/core.h>

namespace aegis {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Error bad_address(std::string_view text, std::string_view why) {
  return {ErrorKind::kUsage, fmt::format("address '{}'", text), std::string(why),
          "write HOST:PORT, with brackets around an IPv6 host: [2001:db8::1]:5000"};
}

Result<std::uint16_t> parse_port(std::string_view whole, std::string_view text) {
  unsigned port = 0;
  auto const [rest, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc() || rest != text.data() + text.size() || port > 65535)
    return bad_address(whole, "the port is not a number from 0 to 65535");
  return static_cast<std::uint16_t>(port);
}

// Splits "host:port", "[v6]:port" or "port"; host comes without brackets.
struct Split {
  std::string_view host, port;
  bool bracketed = false;
};
Result<Split> split_host_port(std::string_view text) {
  if (text.empty()) return bad_address(text, "it is empty");
  if (text.front() == '[') {
    auto const close = text.find(']');
    if (close == std::string_view::npos) return bad_address(text, "the bracket is not closed");
    auto const host = text.substr(1, close - 1);
    auto const numeric = parse_address(host.substr(0, host.find('%')));  // without an IPv6 zone
    if (!numeric || host.find(':') == std::string_view::npos)
      return bad_address(text, "brackets hold an IPv6 address and nothing else");
    auto const rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return bad_address(text, "text after the bracket");
    return Split{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1), true};
  }
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos) return Split{text, {}, false};
  if (text.find(':') != colon) return bad_address(text, "an IPv6 host needs brackets");
  return Split{text.substr(0, colon), text.substr(colon + 1), false};
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool Endpoint::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address_.begin());
}

bool Endpoint::is_any() const {
  auto const from = address_.begin() + (is_v4() ? 12 : 0);
  return std::all_of(from, address_.end(), [](std::uint8_t b) { return b == 0; });
}

bool Endpoint::is_loopback() const {
  if (is_v4()) return address_[12] == 127;
  return address_[15] == 1 &&
         std::all_of(address_.begin(), address_.end() - 1, [](std::uint8_t b) { return b == 0; });
}

Result<Endpoint> parse_address(std::string_view text) {
  std::string const owned(text);
  in_addr v4{};
  if (inet_pton(AF_INET, owned.c_str(), &v4) == 1) {
    auto const* bytes = reinterpret_cast<const std::uint8_t*>(&v4);
    return Endpoint::v4(bytes[0], bytes[1], bytes[2], bytes[3], 0);
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, owned.c_str(), &v6) == 1) {
    Endpoint::Address address{};
    std::memcpy(address.data(), &v6, address.size());
    return Endpoint(address, 0);
  }
  return bad_address(text, "not a numeric IPv4 or IPv6 address");
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  auto const split = split_host_port(text);
  if (!split) return split.error();
  if (split->port.empty()) return bad_address(text, "the port is missing");
  auto const port = parse_port(text, split->port);
  if (!port) return port.error();
  auto address = parse_address(split->host);
  if (!address) return bad_address(text, "the host is not a numeric address");
  return address->with_port(*port);
}

std::string address_to_string(const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = {};
  auto const& address = endpoint.address();
  if (endpoint.is_v4()) {
    inet_ntop(AF_INET, address.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

std::string to_string(const Endpoint& endpoint) {
  return endpoint.is_v4() ? fmt::format("{}:{}", address_to_string(endpoint), endpoint.port())
                          : fmt::format("[{}]:{}", address_to_string(endpoint), endpoint.port());
}

std::string masked(const Endpoint& endpoint) {
  auto const& a = endpoint.address();
  if (endpoint.is_v4()) return fmt::format("{}.{}.x.x", a[12], a[13]);
  return fmt::format("{:x}:{:x}:x", (a[0] << 8) | a[1], (a[2] << 8) | a[3]);
}

Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
  auto const split = split_host_port(text);
  if (!split) return split.error();
  bool const port_only =
      !split->bracketed && split->port.data() == nullptr && is_number(split->host);
  std::string_view const host = port_only ? std::string_view() : split->host;
  std::string_view const port_text = port_only ? split->host : split->port;
  if (port_text.empty()) {
    if (default_port == 0) return bad_address(text, "the port is missing");
    return HostPort{std::string(host), default_port};
  }
  auto const port = parse_port(text, port_text);
  if (!port) return port.error();
  return HostPort{std::string(host), *port};
}

std::string to_string(const HostPort& where) {
  bool const v6 = where.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", where.host, where.port)
            : fmt::format("{}:{}", where.host, where.port);
}

}  // namespace aegis

std::size_t std::hash<aegis::Endpoint>::operator()(const aegis::Endpoint& endpoint) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, endpoint.address().data(), 8);
  std::memcpy(&low, endpoint.address().data() + 8, 8);
  std::uint64_t mixed =
      high * 0x9e3779b97f4a7c15ull ^ (low + endpoint.port()) * 0xc2b2ae3d27d4eb4full;
  mixed ^= mixed >> 29;
  return static_cast<std::size_t>(mixed * 0xbf58476d1ce4e5b9ull ^ endpoint.scope());
}
