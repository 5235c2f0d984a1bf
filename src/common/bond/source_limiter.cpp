#include "common/bond/source_limiter.hpp"

#include <algorithm>

namespace aegis::bond {
namespace {

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0x9e3779b97f4a7c15u;
  value ^= value >> 29;
  value *= 0xbf58476d1ce4e5b9u;
  return value ^ value >> 32;
}

}  // namespace

// The upper 64 bits of an IPv6 address. Those of a mapped IPv4 address are zero, so its lower 64,
// which no IPv6 network in use has for its upper ones (::/16 is reserved).
std::uint64_t SourceLimiter::key_of(const Endpoint& source) {
  auto const& address = source.address();
  std::uint64_t key = 0;
  auto const* const first = address.data() + (source.is_v4() ? 8 : 0);
  for (int i = 0; i < 8; ++i) key = key << 8 | first[i];
  return key == 0 ? 1 : key;
}

TokenBucket& SourceLimiter::bucket_of(std::uint64_t key) {
  std::size_t const set = mixed(mixed(key ^ secret_[0]) ^ secret_[1]) % kSets;
  auto const begin = slots_.begin() + static_cast<std::ptrdiff_t>(set * kWays);
  auto const end = begin + kWays;
  auto slot = std::find_if(begin, end, [key](const Slot& s) { return s.key == key; });
  if (slot == end) {
    slot = std::min_element(begin, end, [](const Slot& a, const Slot& b) {
      return a.bucket.full_at() < b.bucket.full_at();
    });
    *slot = {key, TokenBucket()};
  }
  return slot->bucket;
}

}  // namespace aegis::bond
