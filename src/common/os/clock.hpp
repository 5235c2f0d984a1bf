// The only reader of clocks. Shells call now() once a turn and hand the result down.
#pragma once

#include "common/base/time.hpp"

namespace aegis::os {

Time now();           // CLOCK_MONOTONIC
WallTime wall_now();  // CLOCK_REALTIME

}  // namespace aegis::os
