// When media of an input is due on air: its timestamps on our clock. Follows a source whose media
// comes late, or whose clock runs fast or slow. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::media {

class PlayoutClock {
 public:
  // How early live media is to arrive, for the jitter of its way.
  static constexpr Duration kLead = 30ms;
  // What has been earlier than that all through a window by more than the slack plays sooner.
  static constexpr Duration kWindow = 5s, kSlack = 60ms;

  bool running() const { return zero_.has_value(); }
  // What has this stamp is due then.
  void start(Duration stamp, Time due) {
    zero_ = due - stamp;
    window_.reset();
  }
  void stop() { zero_.reset(); }
  Time due(Duration stamp) const { return *zero_ + stamp; }
  void delay(Duration by) { *zero_ += by; }

  // Media has come. What is late plays late, and all that follows it.
  void on_arrival(Duration stamp, Time now) {
    Duration const early = due(stamp) - now;
    if (early < 0us) *zero_ -= early;
    least_early_ = std::min(least_early_, std::max<Duration>(early, 0us));
  }
  // For live media, whose delay is not to stay what it once had to be; call it with each arrival.
  void trim(Time now) {
    if (!window_) {
      window_ = now;
      least_early_ = Duration::max();
    }
    if (now - *window_ < kWindow) return;
    if (least_early_ != Duration::max() && least_early_ > kLead + kSlack)
      *zero_ -= least_early_ - kLead;
    window_.reset();
  }

 private:
  std::optional<Time> zero_;  // when stamp zero is due
  std::optional<Time> window_;
  Duration least_early_ = Duration::max();
};

}  // namespace aegis::agent::media
