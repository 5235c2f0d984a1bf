// The draws that scenarios and models make from the emulator's seeded generator.
#pragma once

#include <cmath>
#include <cstdint>

#include "emulator/random.hpp"

namespace aegis::sim {

class Rng : public emulator::Random {
 public:
  using Random::Random;

  double between(double low, double high) { return low + (high - low) * uniform(); }
  // In 0 ... bound-1; bound must be positive.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }
};

}  // namespace aegis::sim
