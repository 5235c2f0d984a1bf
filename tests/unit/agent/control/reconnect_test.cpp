#include "agent/control/reconnect.hpp"

#include <catch2/catch.hpp>

namespace aegis::agent::control {
namespace {

Time at(Duration since) {
  return Time(1000s) + since;
}

}  // namespace

TEST_CASE("attempts start at once and settle at five seconds, jittered") {
  Backoff backoff;
  Duration const nominal[] = {0ms, 500ms, 1s, 2s, 4s, 5s, 5s, 5s};
  for (auto const expected : nominal) {
    Backoff low = backoff, high = backoff;
    CHECK(low.next(0) == expected * 8 / 10);
    CHECK(high.next(400) == expected * 12 / 10);
    backoff.next(200);
  }
  backoff.reset();
  CHECK(backoff.next(77) == 0ms);
  Backoff any;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    CHECK(any.next(i * 2654435761u) <= 6s);
  }
}

TEST_CASE("a path is dead when ACKs stand still for latency and a second, at least three") {
  CHECK(AckWatchdog(500ms).limit() == 3s);
  CHECK(AckWatchdog(4s).limit() == 5s);
  AckWatchdog watchdog(2s);
  watchdog.sample(100, 0, 10, at(0s));
  watchdog.sample(200, 0, 20, at(1s));  // 180 acknowledged: progress
  watchdog.sample(300, 0, 120, at(2s));
  watchdog.sample(500, 0, 320, at(4s));
  CHECK_FALSE(watchdog.dead(at(4s)));
  CHECK(watchdog.stalled(at(3s)) == 2s);
  CHECK(watchdog.dead(at(4100ms)));
}

TEST_CASE("what SRT dropped as too late is no progress") {
  AckWatchdog watchdog(2s);
  watchdog.sample(100, 0, 50, at(0s));
  watchdog.sample(300, 100, 150, at(2s));
  watchdog.sample(500, 300, 150, at(3500ms));
  CHECK(watchdog.dead(at(3500ms)));
}

TEST_CASE("silence of the input is not a dead path") {
  AckWatchdog watchdog(2s);
  watchdog.sample(100, 0, 5, at(0s));
  watchdog.sample(100, 0, 0, at(1s));
  CHECK_FALSE(watchdog.dead(at(60s)));
  watchdog.sample(110, 0, 10, at(60s));
  CHECK_FALSE(watchdog.dead(at(61s)));
  CHECK(watchdog.dead(at(64s)));
}

TEST_CASE("a wrong key is told from a busy relay") {
  for (int const code : {10, 11, 1401, 1403, 1404, 1405}) {
    CHECK(meaning_of_reject(code) == RejectMeaning::kWrongKey);
  }
  for (int const code : {1402, 1409, 1423, 1503, 1400, 4}) {
    CHECK(meaning_of_reject(code) == RejectMeaning::kBusy);
  }
}

}  // namespace aegis::agent::control
