#include "common/bond/source_limiter.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond {
namespace {

constexpr TokenBucket::Limit kTenASecond{100ms, 20};

Endpoint v4(std::uint32_t number, std::uint16_t port = 5000) {
  return Endpoint::v4(10, static_cast<std::uint8_t>(number >> 16),
                      static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number),
                      port);
}

Endpoint v6(const char* text) {
  return *parse_address(text);
}

struct Bench {
  SourceLimiter limiter{kTenASecond, {0x0123456789abcdef, 0xfedcba9876543210}};
  Time now{Duration(1h)};

  int admitted(const Endpoint& source, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limiter.admit(source, now) ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE("a bucket gives its burst at once and then one token an interval", "[limiter]") {
  TokenBucket bucket;
  Time now{Duration(0s)};
  auto const taken = [&](int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += bucket.take(kTenASecond, now) ? 1 : 0;
    return count;
  };
  CHECK(taken(100) == 20);
  now += 99ms;
  CHECK(taken(100) == 0);
  now += 1ms;
  CHECK(taken(100) == 1);
  now += 1s;
  CHECK(taken(100) == 10);
  now += 1h;
  CHECK(taken(100) == 20);
}

TEST_CASE("an IPv4 address is one source whatever its port", "[limiter]") {
  Bench bench;
  CHECK(bench.admitted(v4(1, 1000), 15) == 15);
  CHECK(bench.admitted(v4(1, 2000), 15) == 5);
  CHECK(bench.admitted(v4(2), 15) == 15);
}

TEST_CASE("an IPv6 network of 64 bits is one source", "[limiter]") {
  Bench bench;
  CHECK(bench.admitted(v6("2001:db8:1:2::1"), 15) == 15);
  CHECK(bench.admitted(v6("2001:db8:1:2:ffff::9"), 15) == 5);
  CHECK(bench.admitted(v6("2001:db8:1:3::1"), 15) == 15);
  CHECK(bench.admitted(v6("::1"), 30) == 20);
}

TEST_CASE("a million sources take no more memory, and a newcomer has its burst", "[limiter]") {
  Bench bench;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    bench.limiter.admit(v4(i), bench.now);
    if (i % 100 == 0) bench.now += 1ms;
  }
  CHECK(bench.admitted(v6("2001:db8::1"), 30) == 20);
}

TEST_CASE("whoever is at its limit stays there while quieter sources come and go", "[limiter]") {
  Bench bench;
  CHECK(bench.admitted(v4(7), 100) == 20);
  // Fewer than the table holds, each far from its limit.
  for (std::uint32_t i = 100; i < 3000; ++i) bench.limiter.admit(v4(i), bench.now);
  CHECK(bench.admitted(v4(7), 100) == 0);
  bench.now += 500ms;
  CHECK(bench.admitted(v4(7), 100) == 5);
}

}  // namespace aegis::bond
