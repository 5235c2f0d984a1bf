#include "common/bond/sender_link.hpp"

#include <algorithm>

namespace aegis::bond {
namespace {

// Arrival reports come this much later than what they report, at times.
constexpr Duration kReportSlack = 20ms;
// Links keep order but for HARQ and Wi-Fi retries: so many packets may be overtaken.
constexpr std::uint64_t kReorderPackets = 3;
constexpr Duration kRateSpan = 1s;

std::uint64_t to_micros(Time at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

}  // namespace

const char* to_string(LinkState state) {
  switch (state) {
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kLive:
      return "live";
    case LinkState::kSuspect:
      return "suspect";
    case LinkState::kOff:
      return "off";
  }
  return "unknown";
}

void SenderLink::on_registered(Time now) {
  last_heard_ = now;
  if (state_ == LinkState::kConnecting) become_live(now);
}

// What is in flight when a link is switched off may arrive; when it is switched on again, that is
// history, and what the link can do may be, too.
void SenderLink::set_policy(const LinkPolicy& policy, Time now) {
  bool const was_off = policy_.off;
  policy_ = policy;
  policy_.weight = std::clamp(policy.weight, LinkPolicy::kMinWeight, LinkPolicy::kMaxWeight);
  rate_cap_.set(policy.cap);
  if (policy.off) state_ = LinkState::kOff;
  if (was_off && !policy.off) on_lost(now);
}

void SenderLink::on_lost(Time now) {
  if (policy_.off) return;
  if (state_ != LinkState::kConnecting) {
    warm_up_left_ = kWarmUpPackets;
    estimator_.on_outage(now);
  }
  state_ = LinkState::kConnecting;
  log_.clear();
  unanswered_ = 0;
}

void SenderLink::on_srt_restart() {
  log_.clear();
  unanswered_ = 0;
}

bool SenderLink::has_room_for(Bytes size, Time now) const {
  if (!log_.has_room() || !rate_cap_.allows(now)) return false;
  return log_.open_count() < min_flight() || log_.in_flight() + size <= flight_cap();
}

// Under SRTLA up to nine packets have arrived and are not acknowledged yet; they are in nobody's
// way.
Bytes SenderLink::flight_cap() const {
  Bytes const unacknowledged(framed_ ? 0 : kAckEntries * kTypicalPacket);
  return estimator_.in_flight_cap(extra_queue_) + unacknowledged;
}

void SenderLink::on_data_sent(SeqNo seq, Bytes size, bool backlog, bool retransmission, Time now) {
  Transmission sent;
  sent.seq = seq;
  sent.sent = now;
  sent.bytes = size;
  // While its cap sets the pace, what a link delivers says nothing of what it could.
  cap_at_last_send_ = flight_cap();
  bool const full =
      !rate_cap_.binds(now) && (backlog || log_.in_flight() + size + size > cap_at_last_send_);
  estimator_.on_sent(sent, log_.in_flight(), full);
  log_.add(sent);
  last_used_ = now;
  ++data_packets_;
  if (retransmission) ++retransmitted_;
  count_sent(size, now);
}

void SenderLink::on_other_sent(Bytes size, Time now) {
  count_sent(size, now);
}

void SenderLink::count_sent(Bytes size, Time now) {
  if (now - rate_span_began_ >= kRateSpan) {
    send_rate_ =
        BitRate::from(Bytes(static_cast<std::int64_t>(rate_span_bytes_)), now - rate_span_began_);
    rate_span_began_ = now;
    rate_span_bytes_ = 0;
  }
  rate_cap_.on_sent(size + policy_.header, now);
  auto const bytes = static_cast<std::uint64_t>(size.count());
  rate_span_bytes_ += bytes;
  sent_bytes_ += bytes;
  ++sent_packets_;
}

void SenderLink::on_acked(ByteView ack, Time now) {
  std::optional<std::uint64_t> newest;
  Bytes delivered;
  for_each_acked(ack, [&](SeqNo seq) {
    auto const order = log_.find(seq);
    if (!order) return;
    delivered += log_.at(*order).bytes;
    log_.close(*order);
    ++acked_;
    newest = std::max(newest.value_or(*order), *order);
  });
  if (!newest) return;
  Transmission const sent = log_.at(*newest);
  estimator_.on_delivered(sent, delivered, log_.sent_after(*newest), now);
  close_overtaken(*newest);
  on_news(now, now);
}

void SenderLink::on_news(Time since, Time now) {
  last_news_ = std::max(last_news_, since);
  unanswered_ = 0;
  if (state_ == LinkState::kSuspect) become_live(now);
}

// A link is a queue: what was sent well before the newest delivered packet and is not acknowledged
// was lost, or its acknowledgement was. Either way it is no longer in flight.
void SenderLink::close_overtaken(std::uint64_t newest) {
  while (log_.oldest() + kReorderPackets < newest) log_.close(log_.oldest());
}

void SenderLink::on_report(const LinkArrivals& arrivals, std::uint32_t relay_clock_us, Time now,
                           Fates& fates) {
  auto const highest = log_.order_of(arrivals.highest);
  if (!highest) return;  // forged, or older than we remember
  // Reports repeat themselves; what counts is a number that has not been the highest before. Its
  // packet may be closed by now: SRT knew of a repair that went over another link.
  bool const is_news = !reported_ || *highest > *reported_;
  Transmission const sent = log_.at(*highest);
  take_fates(arrivals, *highest, fates);
  if (!is_news) return;
  reported_ = *highest;
  Duration const waited(static_cast<std::int32_t>(relay_clock_us - arrivals.highest_arrived_us));
  estimator_.on_arrival({.sent = sent,
                         .round_trip = (now - sent.sent) - waited,
                         .arrived_us = arrivals.highest_arrived_us,
                         .total_bytes = arrivals.bytes,
                         .sent_after = log_.sent_after(*highest)},
                        now);
  on_news(now - std::max(waited, Duration::zero()), now);
}

void SenderLink::take_fates(const LinkArrivals& arrivals, std::uint64_t highest, Fates& fates) {
  for (std::uint64_t order = log_.oldest(); order <= highest; ++order) {
    auto const& sent = log_.at(order);
    if (!sent.open) continue;
    bool const arrived = arrivals.has(static_cast<std::uint32_t>(order)).value_or(false);
    if (arrived) {
      fates.delivered.push_back(sent.seq);
      ++acked_;
    } else if (order + kReorderPackets <= highest) {
      fates.lost.push_back(sent.seq);
      ++lost_;
    } else {
      continue;
    }
    log_.close(order);
  }
}

void SenderLink::list_flight(std::vector<SeqNo>& out) const {
  for (std::uint64_t order = log_.oldest(); order < log_.next(); ++order)
    if (log_.at(order).open) out.push_back(log_.at(order).seq);
}

void SenderLink::on_srt_progress(SeqNo next_expected, Time now) {
  // SRT's word comes sooner than the link's own for the same packet; only what the link should have
  // answered by now is taken from it, so that the link's rate is still measured.
  while (log_.oldest() < log_.next()) {
    auto const& sent = log_.at(log_.oldest());
    if (!is_before(sent.seq, next_expected) || now < sent.due + kOverdueMargin) return;
    close_unanswered(log_.oldest());
  }
}

void SenderLink::close_unanswered(std::uint64_t order) {
  if (unanswered_++ == 0) first_unanswered_ = log_.at(order);
  log_.close(order);
}

void SenderLink::on_srt_loss(SeqNo seq) {
  auto const order = log_.find(seq);
  if (!order) return;
  ++naks_;
  close_unanswered(*order);
}

void SenderLink::on_keepalive_echo(const Keepalive& echo, Time now) {
  if (!echo.timestamp) return;
  // Receivers originate keepalives of their own: only what we sent tells a round trip.
  auto const known = std::find_if(keepalives_sent_.begin(), keepalives_sent_.end(),
                                  [&](Time at) { return to_micros(at) == *echo.timestamp; });
  if (known == keepalives_sent_.end() || *known == Time()) return;
  estimator_.on_rtt(now - *known, now);
  if (*known >= suspect_since_) answers_ = true;
  *known = Time();
  // It answers again, perhaps: worth a probe of its data path, but a link that only ever answers
  // keepalives is not worth many.
  if (state_ == LinkState::kSuspect && now - last_probe_ >= probe_interval_ / 4) next_probe_ = now;
}

Duration SenderLink::stall(Time now) const {
  if (!framed_ || !has_flight()) return {};
  return std::max(Duration::zero(), now - overdue_at(log_.at(log_.oldest())));
}

Time SenderLink::overdue_at(const Transmission& sent) const {
  return sent.due + 4 * estimator_.rtt_variance() + kReportSlack;
}

void SenderLink::list_overdue(Duration patience, Time now, std::vector<SeqNo>& out) {
  overdue_listed_ = std::max(overdue_listed_, log_.oldest());
  for (; overdue_listed_ < log_.next(); ++overdue_listed_) {
    auto const& sent = log_.at(overdue_listed_);
    if (!sent.open) continue;
    if (now < std::max(overdue_at(sent), sent.sent + patience)) return;
    out.push_back(sent.seq);
  }
}

void SenderLink::take_overdue(Time now, std::vector<SeqNo>& out) {
  for (; log_.oldest() < log_.next(); log_.close(log_.oldest())) {
    auto const& sent = log_.at(log_.oldest());
    if (now < overdue_at(sent)) return;
    out.push_back(sent.seq);
  }
}

BitRate SenderLink::usable_rate() const {
  if (state_ != LinkState::kLive) return {};
  return policy_.cap ? std::min(*policy_.cap, estimator_.rate()) : estimator_.rate();
}

Bytes SenderLink::standing_queue() const {
  Duration const round_trip = estimator_.min_rtt().value_or(Duration::zero());
  return std::max(Bytes(0), log_.in_flight() - estimator_.rate() * round_trip);
}

bool SenderLink::may_still_arrive(SeqNo seq, Time now) const {
  if (state_ != LinkState::kLive && state_ != LinkState::kOff) return false;
  auto const order = log_.find(seq);
  if (!order) return false;
  return now < log_.at(*order).due + 4 * estimator_.rtt_variance() + kOverdueMargin;
}

Frame SenderLink::make_keepalive(Time now) {
  next_keepalive_ = now + (state_ == LinkState::kSuspect ? kSuspectInterval : kKeepaliveInterval);
  keepalives_sent_[keepalive_count_++ % keepalives_sent_.size()] = now;
  auto const rtt = estimator_.rtt().value_or(Duration::zero());
  return bond::make_keepalive(
      to_micros(now),
      LinkTelemetry{
          .connection_id = id_.value,
          .window = static_cast<std::int32_t>(flight_cap().count() / kTypicalPacket),
          .in_flight_packets = static_cast<std::int32_t>(log_.open_count()),
          .rtt_ms = static_cast<std::uint32_t>(rtt / 1ms),
          .nak_count = static_cast<std::uint32_t>(naks_),
          .bytes_per_second = static_cast<std::uint32_t>(send_rate_.bits_per_second() / 8),
      });
}

LinkFigures SenderLink::figures(Time now) const {
  LinkFigures f;
  f.id = id_;
  f.state = state_;
  f.sent_packets = sent_packets_;
  f.sent_bytes = sent_bytes_;
  f.data_packets = data_packets_;
  f.retransmitted_packets = retransmitted_;
  f.acked_packets = acked_;
  f.nak_packets = framed_ ? lost_ : naks_;
  bool const fresh = now - rate_span_began_ < 2 * kRateSpan;
  f.send_rate = fresh ? send_rate_ : BitRate();
  f.delivery_estimate = estimator_.rate();
  f.rtt = estimator_.rtt();
  f.min_rtt = estimator_.min_rtt();
  f.queueing = estimator_.queueing();
  f.in_flight = log_.in_flight();
  Bytes const least(static_cast<std::int64_t>(min_flight()) * kTypicalPacket);
  f.in_flight_cap = std::max(flight_cap(), least);
  f.cap_at_last_send = std::max(cap_at_last_send_, least);
  f.policy = policy_;
  f.last_heard = last_heard_;
  return f;
}

}  // namespace aegis::bond
