// The highest constant rate that gets through.
#pragma once

#include <span>

#include "sim/scenario.hpp"

namespace aegis::sim {

// By bisection between zero and `ceiling`, to one part in 64 of it: the highest rate at which, with
// each of the seeds, at most `tolerated` of the media is not played.
BitRate find_rate(Scenario scenario, BitRate ceiling, std::span<const std::uint64_t> seeds,
                  double tolerated = 0.001);

}  // namespace aegis::sim
