// The user's bit-rate cap of one link.
#pragma once

#include <algorithm>
#include <optional>

#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::bond {

// A token bucket kept as one point in time: when all that was sent would have left at the capped
// rate (the generic cell rate algorithm; ITU-T I.371, annex A). Sending may run ahead of it by
// kBurst, which outlasts the spacing of the events that let waiting packets go.
class RateCap {
 public:
  void set(std::optional<BitRate> rate) { rate_ = rate; }

  bool allows(Time now) const { return !rate_ || paid_until_ <= now + kBurst; }
  // The cap, not the link, sets the pace just now.
  bool binds(Time now) const { return rate_ && paid_until_ > now + kBurst / 2; }
  // What does not wait may send more than the cap; that is paid for during kMostDebt at most.
  void on_sent(Bytes on_the_wire, Time now) {
    if (!rate_) return;
    paid_until_ = std::min(std::max(paid_until_, now) + on_the_wire / *rate_, now + kMostDebt);
  }

 private:
  static constexpr Duration kBurst = 50ms, kMostDebt = 1s;
  std::optional<BitRate> rate_;
  Time paid_until_{};
};

}  // namespace aegis::bond
