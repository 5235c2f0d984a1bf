// Durations counted in buckets of at most 1.6 % width: quantiles of millions of samples in a few
// KB.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/time.hpp"

namespace aegis::emulator {

class Histogram {
 public:
  void add(Duration sample);  // negative counts as zero
  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }
  // The value that the given share (0..1) of the samples does not exceed; zero when empty.
  Duration quantile(double share) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Duration max_{};
};

}  // namespace aegis::emulator
