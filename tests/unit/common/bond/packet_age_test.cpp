// Ages by timestamps of a clock that is not ours.
#include "common/bond/packet_age.hpp"

#include <catch2/catch.hpp>

#include "unit/common/bond/srt_packets.hpp"

namespace aegis::bond::test {
namespace {

struct Stamped {
  PacketAge ages;
  Time now{Duration(5000s)};
  std::uint32_t theirs = 0;  // the sender's clock

  Packet made(Duration ago) const {
    auto packet = srt_data(1);
    store_u32(packet, 8, theirs - static_cast<std::uint32_t>(ago.count()));
    return packet;
  }
  void fresh(Duration ago = {}) { ages.on_fresh(made(ago), now); }
  Duration age(Duration ago) const { return ages.of(made(ago), now); }
  void pass(Duration span) {
    now += span;
    theirs += static_cast<std::uint32_t>(span.count());
  }
};

}  // namespace

TEST_CASE("a packet's age is what it lags behind those that were just made", "[bond][age]") {
  Stamped bench;
  CHECK(bench.age(700ms) == 0ms);  // nothing is known yet
  bench.fresh(5ms);
  CHECK(bench.age(300ms) == 295ms);
  bench.fresh();
  CHECK(bench.age(300ms) == 300ms);
  CHECK(bench.age(-10ms) == 0ms);
}

TEST_CASE("ages outlive the wrap of the timestamps", "[bond][age]") {
  Stamped bench;
  bench.theirs = 0xffffffff - 500'000;
  bench.fresh();
  bench.pass(1s);
  CHECK(bench.age(900ms) == 900ms);  // made before the wrap
}

TEST_CASE("a timestamp ahead of its time makes others old for four seconds at most",
          "[bond][age]") {
  Stamped bench;
  bench.fresh();
  bench.fresh(-5s);
  CHECK(bench.age(100ms) == 5100ms);
  for (int i = 0; i < 400; ++i) {
    bench.pass(10ms);
    bench.fresh();
  }
  CHECK(bench.age(100ms) == 100ms);
}

TEST_CASE("another connection's clock has nothing to do with the last one's", "[bond][age]") {
  Stamped bench;
  bench.fresh();
  bench.theirs -= 3'000'000;
  bench.ages.reset();
  bench.fresh();
  CHECK(bench.age(50ms) == 50ms);
}

}  // namespace aegis::bond::test
