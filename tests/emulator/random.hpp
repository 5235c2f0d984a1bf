// The emulator's randomness: small, seeded, and the same on every machine and library.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace aegis::emulator {

// SplitMix64: one 64-bit state, passes the usual test batteries, trivially seeded.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  // In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  bool chance(double probability) { return probability > 0 && uniform() < probability; }

  // Mean 0, standard deviation 1 (Box-Muller; the second value is not kept).
  double normal() {
    double const radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_;
};

}  // namespace aegis::emulator
