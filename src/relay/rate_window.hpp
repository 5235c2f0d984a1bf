// The rate of a counter of bytes over about the last second.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::relay {

// Fed with the counter's total a few times a second.
class RateWindow {
 public:
  void sample(Bytes total, Time now) { samples_[count_++ % samples_.size()] = {total, now}; }
  // Nothing before the second sample.
  std::optional<BitRate> rate() const {
    if (count_ < 2) return std::nullopt;
    auto const& newest = samples_[(count_ - 1) % samples_.size()];
    auto const& oldest = samples_[count_ > samples_.size() ? count_ % samples_.size() : 0];
    return BitRate::from(newest.total - oldest.total, newest.at - oldest.at);
  }

 private:
  struct Sample {
    Bytes total;
    Time at{};
  };
  std::array<Sample, 6> samples_;
  std::size_t count_ = 0;
};

}  // namespace aegis::relay
