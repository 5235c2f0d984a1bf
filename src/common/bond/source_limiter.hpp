// How often each source may make the relay work for it, in a table that never grows.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"

namespace aegis::bond {

// A token bucket in one number: when it will be full again.
class TokenBucket {
 public:
  struct Limit {
    Duration interval;  // one token in each, in the long run
    int burst;          // so many at once
  };

  // True when there was a token; it is taken.
  bool take(const Limit& limit, Time now) {
    Time const full_at = std::max(full_at_, now) + limit.interval;
    if (full_at - now > limit.interval * limit.burst) return false;
    full_at_ = full_at;
    return true;
  }
  Time full_at() const { return full_at_; }

 private:
  Time full_at_ = Time::min();
};

// One bucket for each IPv4 address and each IPv6 /64, in sets that a secret hash picks. In a full
// set the bucket that is, or will be, full first gives way: one that is full says nothing anyway.
// Thus a flood from many sources can make a busy source's bucket be forgotten, which lets that
// source do more, never less.
class SourceLimiter {
 public:
  using Secret = std::array<std::uint64_t, 2>;
  static constexpr std::size_t kSets = 2048, kWays = 4;

  // `secret` is random, so that nobody can choose sources that share a set.
  SourceLimiter(const TokenBucket::Limit& limit, const Secret& secret)
      : limit_(limit), secret_(secret), slots_(kSets * kWays) {}

  // Takes a token of `source`; false when it has none. O(1).
  bool admit(const Endpoint& source, Time now) {
    return bucket_of(key_of(source)).take(limit_, now);
  }

 private:
  struct Slot {
    std::uint64_t key = 0;  // 0: free
    TokenBucket bucket;
  };

  static std::uint64_t key_of(const Endpoint& source);
  TokenBucket& bucket_of(std::uint64_t key);

  TokenBucket::Limit limit_;
  Secret secret_;
  std::vector<Slot> slots_;
};

}  // namespace aegis::bond
