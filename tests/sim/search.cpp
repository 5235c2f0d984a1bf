#include "sim/search.hpp"

#include <algorithm>

namespace aegis::sim {

BitRate find_rate(Scenario scenario, BitRate ceiling, std::span<const std::uint64_t> seeds,
                  double tolerated) {
  constexpr int kParts = 64;
  int good = 0, bad = kParts + 1;
  while (bad - good > 1) {
    int const middle = (good + bad) / 2;
    scenario.rate = ceiling.scaled(static_cast<double>(middle) / kParts);
    bool const through = std::all_of(seeds.begin(), seeds.end(), [&](std::uint64_t seed) {
      return run_scenario(scenario, seed).lost_share() <= tolerated;
    });
    (through ? good : bad) = middle;
  }
  return ceiling.scaled(static_cast<double>(good) / kParts);
}

}  // namespace aegis::sim
