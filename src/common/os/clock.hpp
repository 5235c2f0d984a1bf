// The only reader of clocks. Shells call now() once a turn and hand the result down.
#pragma once

#include "common/base/time.hpp"

namespace aegis::os {

Time now();                   // CLOCK_MONOTONIC
void sleep_until(Time when);  // a signal may end it early
WallTime wall_now();          // CLOCK_REALTIME

// The date that the host's own time zone has now.
std::chrono::year_month_day local_date();

}  // namespace aegis::os
