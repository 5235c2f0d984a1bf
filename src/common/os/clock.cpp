#include "common/os/clock.hpp"

#include <ctime>

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

void sleep_until(Time when) {
  auto const us = when.time_since_epoch().count();
  timespec const ts{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, nullptr);
}

WallTime wall_now() {
  return WallTime(read_clock(CLOCK_REALTIME));
}

std::chrono::year_month_day local_date() {
  std::time_t const seconds = std::time(nullptr);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return {std::chrono::year(parts.tm_year + 1900),
          std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
          std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
}

}  // namespace aegis::os
