// The largest or smallest value of the last while.
#pragma once

#include <functional>

#include "common/base/time.hpp"

namespace aegis::bond {

// The extreme over the running span and the one before it: between one and two spans of memory, in
// constant space. get() before the first add() is zero.
template <typename IsBetter>
class WindowExtreme {
 public:
  explicit WindowExtreme(Duration span) : span_(span) {}

  void add(Duration value, Time now) {
    roll(now);
    if (!have_current_ || IsBetter()(value, current_)) current_ = value;
    have_current_ = true;
  }
  Duration get() const {
    if (!have_current_) return have_previous_ ? previous_ : Duration::zero();
    return have_previous_ && IsBetter()(previous_, current_) ? previous_ : current_;
  }
  // As get(), without what has grown too old since the last add().
  Duration get(Time now) {
    roll(now);
    return get();
  }

 private:
  void roll(Time now) {
    if (now - began_ < span_) return;
    bool const adjacent = now - began_ < 2 * span_;
    previous_ = current_;
    have_previous_ = have_current_ && adjacent;
    have_current_ = false;
    began_ = adjacent ? began_ + span_ : now;
  }

  Duration span_;
  Duration current_{}, previous_{};
  bool have_current_ = false, have_previous_ = false;
  Time began_{};
};

using WindowMax = WindowExtreme<std::greater<>>;
using WindowMin = WindowExtreme<std::less<>>;

}  // namespace aegis::bond
