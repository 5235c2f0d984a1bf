// The highest constant rate that gets through.
#pragma once

#include <functional>
#include <span>

#include "sim/scenario.hpp"

namespace aegis::sim {

// At most this share of the media may be missing.
inline constexpr double kTolerated = 0.001;

// The highest of 1..most that passes, 0 when none does, in few calls when `guess` is near: steps of
// 1, 2, 4, ... away from it until the outcome changes, then bisection of the last step. Loss is not
// quite monotone in the rate: what comes out passes and the next step above it does not; what lies
// higher, and might pass by luck, is not looked at.
int highest_passing(int most, int guess, const std::function<bool(int)>& passes);

// Among 64ths of `ceiling`: the highest rate at which, with each of the seeds, at most `tolerated`
// of the media is not played.
BitRate find_rate(Scenario scenario, BitRate ceiling, std::span<const std::uint64_t> seeds,
                  double tolerated = kTolerated);

}  // namespace aegis::sim
