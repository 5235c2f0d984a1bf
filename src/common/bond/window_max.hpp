// The largest value of the last while.
#pragma once

#include <algorithm>

#include "common/base/time.hpp"

namespace aegis::bond {

// The maximum over the running span and the one before it: between one and two spans of memory, in
// constant space.
class WindowMax {
 public:
  explicit WindowMax(Duration span) : span_(span) {}

  void add(Duration value, Time now) {
    roll(now);
    current_ = std::max(current_, value);
  }
  Duration get(Time now) {
    roll(now);
    return std::max(current_, previous_);
  }

 private:
  void roll(Time now) {
    if (now - began_ < span_) return;
    previous_ = now - began_ < 2 * span_ ? current_ : Duration::zero();
    current_ = Duration::zero();
    began_ = now;
  }

  Duration span_;
  Duration current_{}, previous_{};
  Time began_{};
};

}  // namespace aegis::bond
