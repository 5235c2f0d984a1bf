// The relay's record of one link: its reach, its totals, and where it begins anew.
#include "common/bond/arrival_log.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr Time kStart{Duration(1s)};

struct Bench {
  ArrivalLog log;
  bool arrive(std::uint32_t number, std::size_t bytes = 1340, Time now = kStart) {
    return log.on_arrival({.link = 3, .number = number, .datagram = {}}, bytes, now);
  }
};

}  // namespace

TEST_CASE("a late frame counts up to 128 behind the highest", "[bond][arrivals]") {
  auto const highest = GENERATE(5000u, 3u, 127u, 0xffffffffu);  // the middle ones wrap behind
  Bench bench;
  REQUIRE(bench.arrive(highest));
  CHECK(bench.arrive(highest - 128));
  CHECK(!bench.arrive(highest - 128));
  CHECK(!bench.arrive(highest - 129));  // out of reach: as good as seen
  CHECK(bench.arrive(highest - 1));
  auto const report = bench.log.report();
  CHECK(report.highest == highest);
  CHECK(report.packets == 3);
  CHECK(report.has(highest - 128) == true);
  CHECK(report.has(highest - 127) == false);
}

TEST_CASE("each step of the highest keeps what is still in reach", "[bond][arrivals]") {
  auto const step = GENERATE(1u, 2u, 62u, 63u, 64u, 65u, 126u, 127u, 128u, 129u, 1000u);
  auto const first = GENERATE(1000u, 0xffffffe0u);
  INFO("step " << step << " from " << first);
  Bench bench;
  bench.arrive(first - 1);
  bench.arrive(first);
  bench.arrive(first + step);
  auto const report = bench.log.report();
  for (std::uint32_t behind = 1; behind <= 128; ++behind) {
    INFO("behind " << behind);
    CHECK(report.has(first + step - behind) == (behind == step || behind == step + 1));
  }
}

TEST_CASE("totals count every frame once, and its whole length", "[bond][arrivals]") {
  Bench bench;
  bench.arrive(10, 1340);
  bench.arrive(12, 100);
  bench.arrive(12, 100);
  bench.arrive(11, 7);
  auto const report = bench.log.report();
  CHECK(report.packets == 3);
  CHECK(report.bytes == 1447);
  CHECK(report.link == 3);
}

TEST_CASE("only new frames are news, a late one too", "[bond][arrivals]") {
  Bench bench;
  CHECK(!bench.log.started());
  CHECK(!bench.log.has_news());
  bench.arrive(10);
  CHECK(bench.log.started());
  CHECK(bench.log.has_news());
  bench.log.report();
  CHECK(!bench.log.has_news());
  bench.arrive(10);
  CHECK(!bench.log.has_news());
  bench.arrive(9);
  CHECK(bench.log.has_news());
}

TEST_CASE("the time told is that of the highest, whatever comes late", "[bond][arrivals]") {
  Bench bench;
  bench.arrive(10, 1340, kStart);
  bench.arrive(12, 1340, kStart + 5ms);
  bench.arrive(11, 1340, kStart + 9ms);
  bench.arrive(12, 1340, kStart + 10ms);
  CHECK(bench.log.report().highest_arrived_us == 1'005'000);
  // The clock on the wire has 32 bits.
  bench.arrive(13, 1340, Time(Duration((1ll << 32) + 77)));
  CHECK(bench.log.report().highest_arrived_us == 77);
}

TEST_CASE("a number more than a million off begins a new record", "[bond][arrivals]") {
  constexpr std::uint32_t kFar = 1u << 20;
  Bench bench;
  std::uint32_t const start = 0x40000000;
  bench.arrive(start - 1);
  bench.arrive(start);
  SECTION("a jump ahead that is still one of this sender") {
    CHECK(bench.arrive(start + kFar));
    CHECK(bench.log.report().packets == 3);
  }
  SECTION("a jump ahead that is not") {
    CHECK(bench.arrive(start + kFar + 1));
    auto const report = bench.log.report();
    CHECK(report.packets == 1);
    CHECK(report.bytes == 1340);
    CHECK(report.has(start + kFar) == false);
  }
  SECTION("a step back that is an old frame") {
    CHECK(!bench.arrive(start - kFar));
    CHECK(bench.log.report().highest == start);
  }
  SECTION("a step back that is not") {
    CHECK(bench.arrive(start - kFar - 1));
    CHECK(bench.log.report().highest == start - kFar - 1);
    CHECK(bench.arrive(start - kFar));  // and it goes on from there
  }
}

}  // namespace aegis::bond::test
