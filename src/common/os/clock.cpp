#include "common/os/clock.hpp"

#include <time.h>

namespace aegis::os {
namespace {

Duration read_clock(clockid_t clock) {
  timespec ts{};
  clock_gettime(clock, &ts);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(ts.tv_sec) +
                                              std::chrono::nanoseconds(ts.tv_nsec));
}

}  // namespace

Time now() {
  return Time(read_clock(CLOCK_MONOTONIC));
}

WallTime wall_now() {
  return WallTime(read_clock(CLOCK_REALTIME));
}

}  // namespace aegis::os
