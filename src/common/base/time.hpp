// Monotonic time as the pure machines see it: a point handed in by the caller, never read here.
#pragma once

#include <chrono>

namespace aegis {

// Tag for points on the monotonic time line. It has no now(): only common/os/clock.hpp reads
// clocks.
struct MonotonicTag {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  static constexpr bool is_steady = true;
};

using Duration = std::chrono::microseconds;
using Time = std::chrono::time_point<MonotonicTag, Duration>;

// Wall-clock instant (UTC, since the Unix epoch), for what people and other hosts read.
using WallTime = std::chrono::sys_time<Duration>;

// "Never", as a deadline.
inline constexpr Time kNever = Time::max();

using namespace std::chrono_literals;

constexpr double to_seconds(Duration d) {
  return static_cast<double>(d.count()) * 1e-6;
}
constexpr double to_milliseconds(Duration d) {
  return static_cast<double>(d.count()) * 1e-3;
}

}  // namespace aegis
