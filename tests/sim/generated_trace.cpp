#include "sim/generated_trace.hpp"

#include <cmath>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "sim/rng.hpp"

namespace aegis::sim {
namespace {

constexpr double kStepMs = 200;
constexpr double kPull = 0.1;  // share of the way back to the mean in one step

}  // namespace

std::shared_ptr<const emulator::Trace> generate_trace(const TraceShape& shape, std::uint64_t seed) {
  Rng rng(seed);
  double const mean = static_cast<double>(shape.mean.bits_per_second()) /
                      (8e3 * static_cast<double>(emulator::Trace::kOpportunityBytes));  // per ms
  double const end = to_milliseconds(shape.length);
  double walk = 0, at = 0, next_step = kStepMs, out_until = -1;
  std::string text;
  while (at < end) {
    at += rng.exponential(1 / (mean * std::exp(walk)));
    for (; next_step < at; next_step += kStepMs) {
      walk += shape.wobble * rng.normal() - kPull * walk;
      if (rng.chance(shape.outages_per_minute * kStepMs / 60e3))
        out_until = next_step + rng.between(100, to_milliseconds(shape.longest_outage));
    }
    if (at < out_until) at = out_until;
    if (at < end) fmt::format_to(std::back_inserter(text), "{}\n", static_cast<std::int64_t>(at));
  }
  fmt::format_to(std::back_inserter(text), "{}\n", static_cast<std::int64_t>(end));
  auto trace = emulator::Trace::parse(text);
  return std::make_shared<const emulator::Trace>(std::move(trace).value());
}

}  // namespace aegis::sim
