// Networks as their operators write them, and lists of those that may come and those that may not.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"

namespace aegis {

// The addresses that share their first bits. An IPv4 network holds IPv4 addresses only, an IPv6
// network IPv6 addresses only.
class Cidr {
 public:
  bool contains(const Endpoint& endpoint) const;
  friend bool operator==(const Cidr&, const Cidr&) = default;

 private:
  friend Result<Cidr> parse_cidr(std::string_view text);
  Cidr(const Endpoint& network, unsigned bits) : network_(network), bits_(bits) {}

  Endpoint network_;
  unsigned bits_;  // of the 16 bytes, in which IPv4 addresses begin at bit 96
};

// "192.0.2.0/24", "2001:db8::/32", or one address. Numeric only. kUsage when it is neither, or when
// a bit beyond the prefix is set.
Result<Cidr> parse_cidr(std::string_view text);

// Whoever is denied may not come; when anybody is allowed, only those may.
struct AddressRules {
  std::vector<Cidr> allow, deny;

  bool admits(const Endpoint& endpoint) const;
  friend bool operator==(const AddressRules&, const AddressRules&) = default;
};

}  // namespace aegis
