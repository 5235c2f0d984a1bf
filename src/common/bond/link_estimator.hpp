// What one link can do: round-trip times, queueing delay and delivery rate, from acknowledgements.
//
// Method: delivery-rate samples as in BBR (draft-cardwell-iccrg-bbr-congestion-control, section on
// delivery rate estimation): bytes delivered between the sending of a packet and its
// acknowledgement, over the longer of the send and the acknowledge interval. A sample taken while
// the link was kept busy is the link's rate and moves the estimate both ways; any other can only
// raise it. The smallest RTT of the last half to whole minute stands for the empty link; what a
// sample has beyond it is queue.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/sent_log.hpp"
#include "common/bond/window_extreme.hpp"

namespace aegis::bond {

class LinkEstimator {
 public:
  // The rate assumed of a link of which nothing is known.
  static constexpr BitRate kInitialRate = BitRate::megabits(2);
  static constexpr BitRate kFloorRate = BitRate::kilobits(100);
  static constexpr BitRate kReadmissionRate = BitRate::kilobits(300);
  // Queueing delay that sending may cause beyond the empty link's RTT.
  static constexpr Duration kQueueTarget = 50ms;

  // Fills the fields of `sent` that a later sample needs, and moves the virtual queue.
  void on_sent(Transmission& sent, Bytes in_flight_before, bool backlog);
  // `sent` is the newest transmission of one acknowledgement that reports `delivered`;
  // `sent_after` are the bytes sent on this link after it.
  void on_delivered(const Transmission& sent, Bytes delivered, Bytes sent_after, Time now);
  // The newest arrival that a report of the relay tells of.
  struct Arrival {
    Transmission sent;
    Duration round_trip{};          // without the time the relay waited to report
    std::uint32_t arrived_us = 0;   // relay's clock
    std::uint32_t total_bytes = 0;  // arrived in all, wraps
    Bytes sent_after;
  };
  void on_arrival(const Arrival& arrival, Time now);
  // Round trip of a packet that did not wait for others (a keepalive).
  void on_rtt(Duration rtt, Time now);
  // It is in use from now on. Round trips of what was sent before tell how long it was not.
  void on_live(Time now) { in_use_since_ = now; }
  // The link failed: its rate is worth half. What it could do before is remembered for a while.
  void on_outage(Time now);
  // It answers again: what it can do now has to be measured anew, from little. What it could do
  // before would fill a queue that may stand still for seconds more.
  void on_readmission() { rate_ = std::min(rate_, kReadmissionRate); }

  std::optional<Duration> rtt() const {
    return have_rtt_ ? std::optional(smoothed_rtt_) : std::nullopt;
  }
  std::optional<Duration> min_rtt() const {
    return have_rtt_ ? std::optional(base_rtt()) : std::nullopt;
  }
  Duration rtt_variance() const { return rtt_variance_; }
  Duration queueing() const { return queueing_; }  // of the packet that arrived last
  // What can be left of it by now: nobody else fills the queue, so while nothing is sent it drains,
  // and behind the last packet sent there is none.
  Duration queueing(Time now) const {
    if (behind_.count() == 0) return Duration::zero();
    return std::max(Duration::zero(), queueing_ - (now - delivered_at_));
  }
  BitRate rate() const { return rate_; }
  bool rate_is_measured() const { return rate_is_measured_; }

  // When a packet of this size, sent now, would arrive at the relay.
  Time arrival_of(Bytes size, Time now) const;
  // How much may be in flight when sending may cause `extra` queueing delay beyond the target;
  // without regard to the floor that acknowledgements in batches need.
  Bytes in_flight_cap(Duration extra) const;

 private:
  static constexpr Duration kAssumedRtt = 100ms;
  // The empty link's delay is remembered for one to two such spans. Long, because a link that is
  // kept full never shows it; not for ever, because a handover changes it.
  static constexpr Duration kBaseSpan = 30s;
  Duration base_rtt() const { return have_rtt_ ? min_rtt_.get() : kAssumedRtt; }
  void learn_rtt(Duration rtt, Time now);
  void learn_rate(BitRate sample, bool measures_link, Duration since_last);
  bool is_starving(const Transmission& sent) const;
  void believe_rise(BitRate sample);
  void learn_one_way_delay(const Arrival& arrival, Time now);
  void learn_arrival_rate(const Arrival& arrival, Time now);

  bool have_rtt_ = false;
  Time in_use_since_{};
  Duration smoothed_rtt_ = kAssumedRtt, rtt_variance_ = kAssumedRtt / 2;
  WindowMin min_rtt_{kBaseSpan};
  Duration queueing_{};

  BitRate rate_ = kInitialRate;
  bool rate_is_measured_ = false;
  BitRate rate_before_;  // the last outages, fading
  Time last_outage_{};
  Bytes delivered_;
  Time delivered_at_{};  // of the last delivery
  Bytes behind_;         // sent after what was delivered last
  Time first_sent_{};    // when the packet delivered last was sent
  // One-way delays count from the first one seen: the clocks of the two ends have nothing in
  // common.
  std::optional<std::uint32_t> first_one_way_;
  WindowMin one_way_{kBaseSpan};
  // What had arrived when, for the rate over a sliding window.
  struct Mark {
    std::uint32_t arrived_us = 0, total_bytes = 0;
    bool full = false;  // the link was busy from the mark before to this one
  };
  struct RateSample {
    BitRate rate;
    bool all_full = false;
  };
  std::optional<RateSample> rate_over(const Mark& newest, Duration window) const;
  static constexpr std::size_t kMarks = 64;
  std::array<Mark, kMarks> marks_;
  std::size_t mark_count_ = 0;
  bool paused_ = false;  // nothing was in flight at some time since the last mark
  Time busy_until_{};    // the virtual queue: when the bottleneck has sent all that we gave it
};

}  // namespace aegis::bond
