// What the relay measures on one link: how evenly it delivers, how much waits on it, what it loses.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.hpp"
#include "common/bond/window_extreme.hpp"

namespace aegis::bond {

class LinkMeter {
 public:
  // An original packet of SRT media with its sender's timestamp (us, wraps) arrived. Duplicates and
  // retransmissions are left out: they are sent long after their timestamps.
  void on_media(std::uint32_t timestamp_us, Time now);
  // A packet with the link's own running number arrived, each number once.
  void on_number(std::uint32_t number, Time now);

  // The interarrival jitter of RFC 3550, section 6.4.1, in real units; nothing before two packets.
  std::optional<Duration> jitter() const;
  // How much longer than the quickest of the last 10 to 20 s the newest packet was on its way, in
  // the sender's queue, or the network's; nothing when none came for a second.
  std::optional<Duration> queueing(Time now) const;
  // The part of the link's packets that was lost, over the last whole second of numbers, 0 to 1;
  // nothing when no number came for two seconds, as from a stock sender.
  std::optional<double> loss(Time now) const;

 private:
  static constexpr Duration kQuickestSpan = 10s;

  std::optional<std::int64_t> transit_us_;  // of the newest, against an arbitrary clock
  std::uint32_t timestamp_us_ = 0;
  std::int64_t sent_us_ = 0;  // the timestamp, unwrapped
  double jitter_us_ = 0;
  std::uint64_t media_ = 0;
  Time last_media_{};
  WindowMin quickest_{kQuickestSpan};

  bool numbered_ = false;
  std::uint32_t first_ = 0, highest_ = 0, received_ = 0;  // in the running span
  Time span_began_{}, last_number_{};
  std::optional<double> loss_;
};

}  // namespace aegis::bond
