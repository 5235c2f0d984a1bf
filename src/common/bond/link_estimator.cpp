#include "common/bond/link_estimator.hpp"

#include <algorithm>
#include <cmath>

namespace aegis::bond {
namespace {

// From this queueing delay on the link, not the sender, set the pace of a sample.
constexpr Duration kBusyQueue = 20ms;
// Arrivals of so long make one rate sample: several scheduling rounds of a cell.
constexpr Duration kRateWindow = 200ms;
// Time constant of the rate estimate: a few scheduling rounds of an LTE cell.
constexpr Duration kRateMemory = 150ms;
// What a link could do before its outages is worth half after so long. By time, not by their
// number: a link that comes back goes away again several times before it stays.
constexpr Duration kBeforeHalfLife = 30s;

}  // namespace

void LinkEstimator::on_sent(Transmission& sent, Bytes in_flight_before, bool backlog) {
  bool const was_idle = in_flight_before.count() == 0;
  if (was_idle) {
    queueing_ = queueing(sent.sent);
    first_sent_ = delivered_at_ = sent.sent;
    paused_ = true;
  }
  sent.delivered_before = delivered_;
  sent.delivered_at = delivered_at_;
  sent.first_sent = first_sent_;
  sent.link_was_full = backlog;
  Time const arrival = arrival_of(sent.bytes, sent.sent);
  sent.due = arrival + base_rtt() / 2;
  busy_until_ = std::max(busy_until_, sent.sent) + sent.bytes / rate_;
}

void LinkEstimator::on_delivered(const Transmission& sent, Bytes delivered, Bytes sent_after,
                                 Time now) {
  learn_rtt(now - sent.sent, now);
  delivered_ += delivered;
  Duration const send_span = sent.sent - sent.first_sent;
  Duration const ack_span = now - sent.delivered_at;
  Duration const since_last = now - delivered_at_;
  queueing_ = std::max(Duration::zero(), (now - sent.sent) - base_rtt());
  Bytes const amount = delivered_ - sent.delivered_before;
  BitRate const sample = BitRate::from(amount, std::max(send_span, ack_span));
  if (is_starving(sent) && sample > rate_) {
    believe_rise(sample);
  } else {
    learn_rate(sample, sent.link_was_full || queueing_ > kBusyQueue, since_last);
  }
  delivered_at_ = now;
  behind_ = sent_after;
  first_sent_ = sent.sent;
  // The acknowledged packet left the bottleneck one empty round trip ago; what was sent after it
  // follows at the link's rate.
  busy_until_ = now - base_rtt() + sent_after / rate_;
}

void LinkEstimator::on_arrival(const Arrival& arrival, Time now) {
  learn_rtt(arrival.round_trip, now);
  learn_one_way_delay(arrival, now);
  learn_arrival_rate(arrival, now);
  delivered_at_ = now;
  behind_ = arrival.sent_after;
  first_sent_ = arrival.sent.sent;
  busy_until_ = arrival.sent.sent + queueing_ + arrival.sent_after / rate_;
}

void LinkEstimator::learn_one_way_delay(const Arrival& arrival, Time now) {
  auto const sent_us = static_cast<std::uint32_t>(arrival.sent.sent.time_since_epoch().count());
  std::uint32_t const one_way = arrival.arrived_us - sent_us;
  if (!first_one_way_) first_one_way_ = one_way;
  Duration const relative(static_cast<std::int32_t>(one_way - *first_one_way_));
  one_way_.add(relative, now);
  queueing_ = relative - one_way_.get();
  if (queueing_ <= std::max(arrival.round_trip, Duration(0))) return;
  // No packet waits for longer than its round trip: this is the clock of another relay, or of one
  // that was started again.
  first_one_way_ = one_way;
  one_way_ = WindowMin(kBaseSpan);
  one_way_.add(Duration(0), now);
  queueing_ = {};
}

void LinkEstimator::learn_arrival_rate(const Arrival& arrival, Time now) {
  bool const busy = arrival.sent.link_was_full || queueing_ > kBusyQueue;
  Mark const newest{arrival.arrived_us, arrival.total_bytes, busy && !paused_};
  paused_ = false;
  auto const sample = rate_over(newest, kRateWindow);
  auto const recent = rate_over(newest, std::clamp<Duration>(base_rtt(), 40ms, 100ms));
  marks_[mark_count_++ % kMarks] = newest;
  if (is_starving(arrival.sent) && recent && recent->rate > rate_) {
    believe_rise(recent->rate);
  } else if (sample) {
    learn_rate(sample->rate, sample->all_full, now - delivered_at_);
  }
}

// A queue well below its target while more waits to be sent: the link can do more than it is given.
// The last round trip's rate, which its whole flight has made, shows how much.
bool LinkEstimator::is_starving(const Transmission& sent) const {
  return sent.link_was_full && queueing_ < kQueueTarget / 2;
}

void LinkEstimator::believe_rise(BitRate sample) {
  rate_ = std::min(sample, rate_.scaled(1.5));
  rate_is_measured_ = true;
}

std::optional<LinkEstimator::RateSample> LinkEstimator::rate_over(const Mark& newest,
                                                                  Duration window) const {
  bool all_full = newest.full;
  std::optional<Mark> oldest;
  for (std::size_t back = 1; back <= std::min(mark_count_, kMarks); ++back) {
    Mark const& mark = marks_[(mark_count_ - back) % kMarks];
    oldest = mark;
    if (Duration(static_cast<std::int32_t>(newest.arrived_us - mark.arrived_us)) >= window) break;
    all_full = all_full && mark.full;
  }
  if (!oldest) return std::nullopt;
  Duration const span(static_cast<std::int32_t>(newest.arrived_us - oldest->arrived_us));
  Bytes const amount(static_cast<std::int32_t>(newest.total_bytes - oldest->total_bytes));
  if (span < window / 4) return std::nullopt;
  return RateSample{BitRate::from(amount, span), all_full};
}

void LinkEstimator::on_rtt(Duration rtt, Time now) {
  learn_rtt(rtt, now);
}

void LinkEstimator::on_outage(Time now) {
  double const age = to_seconds(now - last_outage_) / to_seconds(kBeforeHalfLife);
  rate_before_ = std::max(rate_, rate_before_.scaled(std::exp2(-age)));
  last_outage_ = now;
  rate_ = std::max(kFloorRate, rate_.scaled(0.5));
  in_use_since_ = kNever;
  queueing_ = {};
  busy_until_ = {};
  mark_count_ = 0;
}

void LinkEstimator::learn_rtt(Duration rtt, Time now) {
  rtt = std::max(rtt, Duration(1));
  if (!have_rtt_) {
    have_rtt_ = true;
    smoothed_rtt_ = rtt;
    rtt_variance_ = rtt / 2;
    min_rtt_.add(rtt, now);
    return;
  }
  if (now - rtt < in_use_since_) return;
  // RFC 6298 section 2.
  rtt_variance_ = (3 * rtt_variance_ + std::chrono::abs(smoothed_rtt_ - rtt)) / 4;
  smoothed_rtt_ = (7 * smoothed_rtt_ + rtt) / 8;
  min_rtt_.add(rtt, now);
}

void LinkEstimator::learn_rate(BitRate sample, bool measures_link, Duration since_last) {
  if (sample.bits_per_second() <= 0) return;
  if (!measures_link && sample <= rate_) return;
  double const gain =
      1 - std::exp(-to_seconds(std::max(since_last, Duration(1ms))) / to_seconds(kRateMemory));
  rate_ = std::max(kFloorRate, rate_ + (sample - rate_).scaled(gain));
  rate_is_measured_ = true;
}

Time LinkEstimator::arrival_of(Bytes size, Time now) const {
  return std::max(busy_until_, now) + size / rate_ + base_rtt() / 2;
}

Bytes LinkEstimator::in_flight_cap(Duration extra) const {
  Duration const catching_up = rate_ < rate_before_.scaled(0.5) ? base_rtt() : Duration::zero();
  return rate_ * (base_rtt() + kQueueTarget + extra + catching_up);
}

}  // namespace aegis::bond
