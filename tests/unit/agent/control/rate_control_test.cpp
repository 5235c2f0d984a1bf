// The encoder's rate, step by step; what comes of it over links is in tests/sim.
#include "agent/control/rate_control.hpp"

#include <catch2/catch.hpp>

namespace aegis::agent::control::test {
namespace {

struct Bench {
  RateControl control{{BitRate::kilobits(300), BitRate::megabits(6)}, BitRate::megabits(1)};
  RateInputs in{BitRate::megabits(4), BitRate::megabits(3), {}, 2s};
  Time now{Duration(1s)};

  RateDecision step(Duration after = 100ms) {
    now += after;
    return control.step(in, now);
  }
  RateDecision run(Duration length, Duration each = 100ms) {
    RateDecision last;
    for (Duration passed{}; passed < length; passed += each) last = step(each);
    return last;
  }
};

}  // namespace

TEST_CASE("what is safe is taken at once", "[rate]") {
  Bench bench;
  auto const first = bench.step();
  CHECK(first.target == BitRate::kilobits(2700));
  CHECK(first.reason == RateReason::kGrow);
}

TEST_CASE("while nothing waits the rate grows past what the links have shown, not far", "[rate]") {
  Bench bench;
  auto const end = bench.run(10s);
  CHECK(end.target == BitRate::kilobits(4400));
}

TEST_CASE("growth depends on time, not on the number of steps", "[rate]") {
  Bench seldom, often;
  seldom.in.deliverable = often.in.deliverable = BitRate();
  auto const slow = seldom.run(4s, 200ms), fast = often.run(4s, 20ms);
  CHECK(slow.target.megabits_per_second() ==
        Approx(fast.target.megabits_per_second()).epsilon(0.06));
}

TEST_CASE("a backlog is drained within a part of the latency", "[rate]") {
  Bench bench;
  bench.run(10s);
  bench.in.backlog = 470ms;  // half of what drains in 700 ms, beyond what may wait
  auto const decision = bench.step();
  CHECK(decision.reason == RateReason::kDrain);
  CHECK(decision.target.megabits_per_second() == Approx(2).margin(0.05));
  bench.in.backlog = 1500ms;
  CHECK(bench.step().reason == RateReason::kEmergency);
  CHECK(bench.step().target == BitRate::kilobits(1200));  // three tenths go on
}

TEST_CASE("between little and too much the links' rate is made", "[rate]") {
  Bench bench;
  bench.run(10s);
  bench.in.backlog = 180ms;
  auto const decision = bench.step();
  CHECK(decision.reason == RateReason::kHold);
  CHECK(decision.target == BitRate::megabits(4));
}

TEST_CASE("the bounds hold, and without a link the least is made", "[rate]") {
  Bench bench;
  bench.in.capacity = bench.in.deliverable = BitRate::megabits(50);
  CHECK(bench.run(20s).target == BitRate::megabits(6));
  bench.in.capacity = BitRate();
  auto const none = bench.step();
  CHECK(none.target == BitRate::kilobits(300));
  CHECK(none.reason == RateReason::kNoLink);
  bench.in.capacity = BitRate::kilobits(100);
  bench.in.backlog = 1s;
  CHECK(bench.step().target == BitRate::kilobits(300));
}

TEST_CASE("a pause of the caller is not made up for by a leap", "[rate]") {
  Bench bench;
  bench.in.deliverable = BitRate();
  bench.step();
  double const before = bench.step().target.megabits_per_second();
  CHECK(bench.step(10s).target.megabits_per_second() < before * 1.08);
}

}  // namespace aegis::agent::control::test
