// How long the smallest and the largest value of the last while are remembered.
#include "common/bond/window_extreme.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr Time kStart{Duration(100s)};

}  // namespace

TEST_CASE("a window without values is zero", "[bond][window]") {
  WindowMin smallest{10s};
  CHECK(smallest.get() == Duration::zero());
  CHECK(smallest.get(kStart) == Duration::zero());
}

TEST_CASE("the extreme is kept in either direction, negative values too", "[bond][window]") {
  WindowMin smallest{10s};
  WindowMax largest{10s};
  for (Duration const value : {Duration(3ms), Duration(-2ms), Duration(5ms)}) {
    smallest.add(value, kStart);
    largest.add(value, kStart);
  }
  CHECK(smallest.get() == Duration(-2ms));
  CHECK(largest.get() == Duration(5ms));
  WindowMax negative{10s};
  negative.add(-7ms, kStart);  // nothing stands for zero
  CHECK(negative.get() == Duration(-7ms));
}

TEST_CASE("a value is remembered for a span at least and two at most", "[bond][window]") {
  auto const rhythm = GENERATE(Duration(1ms), Duration(1s), Duration(6s), Duration(9500ms));
  auto const offset = GENERATE(Duration(0), Duration(4s), Duration(9900ms));
  INFO("one value each " << to_seconds(rhythm) << " s, the small one after " << to_seconds(offset));
  WindowMin smallest{10s};
  for (Duration at{}; at < offset; at += rhythm) smallest.add(9ms, kStart + at);
  smallest.add(5ms, kStart + offset);
  for (Duration age = rhythm; age < 40s; age += rhythm) {
    smallest.add(9ms, kStart + offset + age);
    if (age <= 10s) CHECK(smallest.get() == Duration(5ms));
    if (age >= 20s) CHECK(smallest.get() == Duration(9ms));
  }
}

TEST_CASE("silence alone makes a window forget, when it is asked for the time", "[bond][window]") {
  WindowMax largest{5s};
  largest.add(80ms, kStart);
  CHECK(largest.get(kStart + 5s) == Duration(80ms));
  WindowMax unasked{5s};
  unasked.add(80ms, kStart);
  CHECK(unasked.get(kStart + 10s) == Duration::zero());
  CHECK(largest.get(kStart + 11s) == Duration::zero());
  largest.add(2ms, kStart + 12s);
  CHECK(largest.get() == Duration(2ms));
}

}  // namespace aegis::bond::test
