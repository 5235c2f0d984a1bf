// Turns the timestamps of a file, with their offsets, jumps and repetitions, into one timeline that
// starts at zero and never jumps. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::media {

class Timeline {
 public:
  // Further away than this from what came before is a jump in the file, not a gap in the media.
  static constexpr Duration kJump = 5s;

  // Where media with timestamp `stamp` and this length belongs.
  Duration place(Duration stamp, Duration length) {
    if (!offset_) offset_ = end_ - stamp;
    Duration at = stamp + *offset_;
    if (at < end_ - kJump || at > end_ + kJump) {
      offset_ = end_ - stamp;
      at = end_;
    }
    at = std::max(at, round_start_);
    end_ = std::max(end_, at + length);
    return at;
  }

  // The file starts again: what is placed next follows what was placed last.
  void next_round() {
    round_start_ = end_;
    offset_.reset();
  }

  Duration end() const { return end_; }

 private:
  std::optional<Duration> offset_;
  Duration end_{}, round_start_{};
};

}  // namespace aegis::agent::media
