#include "sim/search.hpp"

#include <algorithm>

namespace aegis::sim {

int highest_passing(int most, int guess, const std::function<bool(int)>& passes) {
  int good = 0, bad = most + 1;
  guess = std::clamp(guess, 1, most);
  bool const up = passes(guess);
  (up ? good : bad) = guess;
  for (int step = 1; bad - good > 1; step *= 2) {
    int const next = up ? good + step : bad - step;
    if (next >= bad || next <= good) break;
    bool const through = passes(next);
    (through ? good : bad) = next;
    if (through != up) break;
  }
  while (bad - good > 1) {
    int const middle = (good + bad) / 2;
    (passes(middle) ? good : bad) = middle;
  }
  return good;
}

BitRate find_rate(Scenario scenario, BitRate ceiling, std::span<const std::uint64_t> seeds,
                  double tolerated) {
  constexpr int kParts = 64;
  int const best = highest_passing(kParts, kParts * 9 / 10, [&](int part) {
    scenario.rate = ceiling.scaled(static_cast<double>(part) / kParts);
    return std::all_of(seeds.begin(), seeds.end(), [&](std::uint64_t seed) {
      return run_scenario(scenario, seed).lost_share() <= tolerated;
    });
  });
  return ceiling.scaled(static_cast<double>(best) / kParts);
}

}  // namespace aegis::sim
