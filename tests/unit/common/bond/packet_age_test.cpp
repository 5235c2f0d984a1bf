// Ages by timestamps of a clock that is not ours.
#include "common/bond/packet_age.hpp"

#include <catch2/catch.hpp>

#include "unit/common/bond/srt_packets.hpp"

namespace aegis::bond::test {
namespace {

struct Stamped {
  PacketAge ages;
  Time now{Duration(5000s)};
  std::uint32_t theirs = 0;  // the sender's clock, which is not ahead of ours by anything known

  // Of a packet that was made `ago`.
  Duration age(Duration ago) {
    auto packet = srt_data(1);
    store_u32(packet, 8, theirs - static_cast<std::uint32_t>(ago.count()));
    return ages.of(packet, now);
  }
  // Their clock runs slower by so many parts in a million.
  void pass(Duration span, int slower_ppm = 0) {
    now += span;
    theirs += static_cast<std::uint32_t>((span - span * slower_ppm / 1'000'000).count());
  }
};

}  // namespace

TEST_CASE("a packet's age is what it took beyond the quickest", "[bond][age]") {
  Stamped bench;
  CHECK(bench.age(40ms) == 0ms);
  CHECK(bench.age(300ms) == 260ms);
  CHECK(bench.age(10ms) == 0ms);  // a quicker way is the measure from now on
  CHECK(bench.age(300ms) == 290ms);
}

TEST_CASE("ages outlive the wrap of the timestamps", "[bond][age]") {
  Stamped bench;
  bench.theirs = 0xffffffff - 500'000;
  bench.age(0ms);
  bench.pass(1s);
  CHECK(bench.age(0ms) <= 1ms);
  CHECK(bench.age(900ms) >= 899ms);  // made before the wrap
}

TEST_CASE("clocks may drift apart, but minutes of delay do not pass for none", "[bond][age]") {
  bool const drift = GENERATE(true, false);
  Stamped bench;
  bench.age(0ms);
  for (int i = 0; i < 10 * 60 * 100; ++i) {
    bench.pass(10ms, drift ? 100 : 0);
    bench.age(drift ? 0ms : 800ms);
  }
  if (drift) {
    CHECK(bench.age(0ms) < 1ms);
  } else {
    CHECK(bench.age(800ms) > 650ms);
  }
}

TEST_CASE("another connection's clock has nothing to do with the last one's", "[bond][age]") {
  Stamped bench;
  bench.age(0ms);
  bench.theirs -= 3'000'000;
  bench.ages.reset();
  CHECK(bench.age(0ms) == 0ms);
  CHECK(bench.age(50ms) == 50ms);
}

}  // namespace aegis::bond::test
