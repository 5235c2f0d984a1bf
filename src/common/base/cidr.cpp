#include "common/base/cidr.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include <fmt/core.h>

namespace aegis {
namespace {

constexpr unsigned kMappedBits = 96;  // of the IPv6 prefix that holds IPv4

Error bad_network(std::string_view text, std::string why, std::string hint) {
  return {ErrorKind::kUsage, fmt::format("network '{}'", text), std::move(why), std::move(hint)};
}

std::optional<unsigned> parse_prefix(std::string_view text, unsigned most) {
  unsigned bits = 0;
  auto const [rest, code] = std::from_chars(text.data(), text.data() + text.size(), bits);
  bool const whole = code == std::errc() && rest == text.data() + text.size();
  return whole && bits <= most ? std::optional(bits) : std::nullopt;
}

// `address` with all bits after the first `bits` cleared.
Endpoint::Address first_bits(Endpoint::Address address, unsigned bits) {
  for (unsigned i = 0; i < address.size(); ++i) {
    unsigned const kept = std::clamp(static_cast<int>(bits) - static_cast<int>(8 * i), 0, 8);
    address[i] &= static_cast<std::uint8_t>(0xff00u >> kept);
  }
  return address;
}

bool is_in_any(const std::vector<Cidr>& networks, const Endpoint& endpoint) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Cidr& network) { return network.contains(endpoint); });
}

}  // namespace

bool Cidr::contains(const Endpoint& endpoint) const {
  if (endpoint.is_v4() != network_.is_v4()) return false;
  auto const& mine = network_.address();
  auto const& theirs = endpoint.address();
  unsigned const bytes = bits_ / 8;
  if (!std::equal(mine.begin(), mine.begin() + bytes, theirs.begin())) return false;
  unsigned const rest = bits_ % 8;
  return rest == 0 || ((mine[bytes] ^ theirs[bytes]) >> (8 - rest)) == 0;
}

Result<Cidr> parse_cidr(std::string_view text) {
  auto const slash = text.find('/');
  auto const host = text.substr(0, slash);
  auto const address = parse_address(host);
  if (!address)
    return bad_network(text, "not a numeric IPv4 or IPv6 address",
                       "write 192.0.2.0/24 or 2001:db8::/32");
  bool const dotted = host.find(':') == std::string_view::npos;
  unsigned const before = dotted ? kMappedBits : 0, most = 128 - before;
  auto const bits = slash == std::string_view::npos ? std::optional(most)
                                                    : parse_prefix(text.substr(slash + 1), most);
  if (!bits)
    return bad_network(text, fmt::format("the prefix length is not a number from 0 to {}", most),
                       dotted ? "write 192.0.2.0/24" : "write 2001:db8::/32");
  Endpoint const network(first_bits(address->address(), before + *bits), 0);
  if (network != *address)
    return bad_network(text, fmt::format("it has bits set beyond the first {}", *bits),
                       fmt::format("write {}/{}", address_to_string(network), *bits));
  return Cidr(network, before + *bits);
}

bool AddressRules::admits(const Endpoint& endpoint) const {
  if (is_in_any(deny, endpoint)) return false;
  return allow.empty() || is_in_any(allow, endpoint);
}

}  // namespace aegis
