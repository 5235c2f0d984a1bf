// Knows whether silence is being made because the input's sound is missing. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::control {

class SoundWatch {
 public:
  static constexpr Duration kSettled = 500ms;  // sound without a gap, until it counts as back

  // Of the samples that were wanted so many were there; the rest is silence. `muted` silence is
  // wanted.
  void step(std::size_t wanted, std::size_t there, bool muted, Time now) {
    if (there < wanted && !muted) {
      if (!lost_since_) {
        lost_since_ = now;
        ++gaps_;
      }
      last_gap_ = now;
    } else if (muted || now - last_gap_ >= kSettled) {
      lost_since_.reset();
    }
  }

  bool lost() const { return lost_since_.has_value(); }
  // How long; zero while it is not.
  Duration lost_for(Time now) const { return lost_since_ ? now - *lost_since_ : Duration{}; }
  std::uint64_t gaps() const { return gaps_; }

 private:
  std::optional<Time> lost_since_;
  Time last_gap_{};
  std::uint64_t gaps_ = 0;
};

}  // namespace aegis::agent::control
