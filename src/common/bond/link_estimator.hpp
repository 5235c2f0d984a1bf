// What one link can do: round-trip times, queueing delay and delivery rate, from acknowledgements.
//
// Method: delivery-rate samples as in BBR (draft-cardwell-iccrg-bbr-congestion-control, section on
// delivery rate estimation): bytes delivered between the sending of a packet and its
// acknowledgement, over the longer of the send and the acknowledge interval. A sample taken while
// the link was kept busy is the link's rate and moves the estimate both ways; any other can only
// raise it. The smallest RTT of the last ten seconds stands for the empty link; what a sample has
// beyond it is queue.
#pragma once

#include <optional>

#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/sent_log.hpp"

namespace aegis::bond {

class LinkEstimator {
 public:
  // The rate assumed of a link of which nothing is known.
  static constexpr BitRate kInitialRate = BitRate::megabits(2);
  static constexpr BitRate kFloorRate = BitRate::kilobits(100);
  // Queueing delay that sending may cause beyond the empty link's RTT.
  static constexpr Duration kQueueTarget = 80ms;

  // Fills the fields of `sent` that a later sample needs, and moves the virtual queue.
  void on_sent(Transmission& sent, Bytes in_flight_before, bool backlog);
  // `sent` is the newest transmission of one acknowledgement that reports `delivered`;
  // `sent_after` are the bytes sent on this link after it.
  void on_delivered(const Transmission& sent, Bytes delivered, Bytes sent_after, Time now);
  // Round trip of a packet that did not wait for others (a keepalive).
  void on_rtt(Duration rtt, Time now);
  // The link failed or came back: what it could do once is worth half.
  void on_outage();

  std::optional<Duration> rtt() const {
    return have_rtt_ ? std::optional(smoothed_rtt_) : std::nullopt;
  }
  std::optional<Duration> min_rtt() const {
    return have_rtt_ ? std::optional(base_rtt()) : std::nullopt;
  }
  Duration rtt_variance() const { return rtt_variance_; }
  Duration queueing() const { return queueing_; }
  BitRate rate() const { return rate_; }
  bool rate_is_measured() const { return rate_is_measured_; }

  // When a packet of this size, sent now, would arrive at the relay.
  Time arrival_of(Bytes size, Time now) const;
  // How much may be in flight, without regard to the floor that acknowledgements in batches need.
  Bytes in_flight_cap() const;

 private:
  static constexpr Duration kAssumedRtt = 100ms;
  Duration base_rtt() const { return std::min(min_rtt_, older_min_rtt_); }
  void learn_rtt(Duration rtt, Time now);
  void learn_rate(BitRate sample, bool measures_link, Duration since_last);

  bool have_rtt_ = false;
  Duration smoothed_rtt_ = kAssumedRtt, rtt_variance_ = kAssumedRtt / 2;
  // Minimum over the running and the previous span of five seconds.
  Duration min_rtt_ = kAssumedRtt, older_min_rtt_ = kAssumedRtt;
  Time min_span_began_{};
  Duration queueing_{};

  BitRate rate_ = kInitialRate;
  bool rate_is_measured_ = false;
  Bytes delivered_;
  Time delivered_at_{};  // of the last delivery
  Time first_sent_{};    // when the packet delivered last was sent
  Time busy_until_{};    // the virtual queue: when the bottleneck has sent all that we gave it
};

}  // namespace aegis::bond
