// Made-up cellular links, for where no recorded ones are at hand and for endless variety.
#pragma once

#include <memory>

#include "common/base/units.hpp"
#include "emulator/trace.hpp"

namespace aegis::sim {

struct TraceShape {
  BitRate mean = BitRate::megabits(4);
  Duration length = 120s;
  double wobble = 0.25;  // size of a step of the rate's logarithm, each 200 ms
  double outages_per_minute = 1.0;
  Duration longest_outage = 2s;
};

// A random walk of the rate around its mean (mean-reverting in the logarithm), with Poisson
// arrivals of opportunities and short outages. Same shape and seed, same trace.
std::shared_ptr<const emulator::Trace> generate_trace(const TraceShape& shape, std::uint64_t seed);

}  // namespace aegis::sim
