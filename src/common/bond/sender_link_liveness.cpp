// When a link is taken for dark, how it is asked whether it is back, and how one that is not needed
// is kept measured.
#include <algorithm>

#include "common/bond/sender_link.hpp"

namespace aegis::bond {
namespace {

// A link is suspect when an unanswered packet is kOverdueMargin later than it was due, was sent so
// long ago (a tick of the sender less than a quarter of a second), and nothing has been heard to
// arrive for so long.
constexpr Duration kOverdueFloor = 230ms;
constexpr Duration kDarkFloor = 150ms;
// So many packets at a burst's end may get lost without a successor to tell.
constexpr std::size_t kLonelyLosses = 3;

}  // namespace

bool SenderLink::check_overdue(Time now) {
  if (state_ != LinkState::kLive) return false;
  // The SRTLA acknowledgement that covers the oldest packet may wait for nine more.
  std::size_t const needed = framed_ ? 1 : kAckEntries;
  bool const oldest_is_late =
      log_.open_count() >= needed &&
      now >= dark_from(log_.at(std::min(log_.oldest() + needed - 1, log_.next() - 1)));
  // Where copies over other links make good what this one swallows, none of its packets grows old.
  bool const swallows =
      unanswered_ >= needed + kLonelyLosses && now >= dark_from(first_unanswered_);
  if (!oldest_is_late && !swallows) return false;
  become_suspect(now);
  return true;
}

// From when on the link is dark if this packet has not been answered.
Time SenderLink::dark_from(const Transmission& sent) const {
  Duration const base = estimator_.min_rtt().value_or(Duration::zero());
  Time const overdue = std::max(sent.due + 4 * estimator_.rtt_variance() + kOverdueMargin,
                                sent.sent + std::max(kOverdueFloor, 5 * base / 2));
  // A link that is late but goes on delivering is slow, not dark; its rate tells that better.
  return std::max(overdue, last_news_ + kDarkFloor);
}

bool SenderLink::is_silent(Time now) const {
  return is_registered() && now - last_heard_ > kSilence;
}

bool SenderLink::wants_probe(Time now) const {
  return (answers_ || !framed_ || probe_left_ > 0) && takes_data(now);
}

bool SenderLink::takes_data(Time now) const {
  return state_ == LinkState::kSuspect && log_.has_room() && rate_cap_.allows(now) &&
         (probe_left_ > 0 || now >= next_probe_);
}

void SenderLink::on_probe_sent(SeqNo seq, Bytes size, Time now) {
  if (probe_left_ == 0) {
    probe_left_ = framed_ && answers_ ? kFramedProbePackets : kProbePackets;
    answers_ = false;
    last_probe_ = now;
    next_probe_ = now + probe_interval_;
    probe_interval_ = std::min(probe_interval_ * 2, kLastProbeInterval);
  }
  --probe_left_;
  on_data_sent(seq, size, false, false, now);
}

bool SenderLink::wants_warm_up(BitRate enough, Time now) const {
  if (state_ != LinkState::kLive || !framed_ || now - last_used_ <= kUnused ||
      estimator_.queueing(now) >= LinkEstimator::kQueueTarget / 2 ||
      !has_room_for(Bytes(kTypicalPacket), now))
    return false;
  bool const recovering = warm_up_left_ > 0 && estimator_.rate() < enough;
  return recovering || now - std::max(last_train_, last_used_) > kTrainInterval;
}

void SenderLink::on_warm_up_sent(SeqNo seq, Bytes size, Time now) {
  if (warm_up_left_ > 0) --warm_up_left_;
  if (++train_sent_ >= kTrainPackets) {
    train_sent_ = 0;
    last_train_ = now;
  }
  Time const last_used = last_used_;
  on_data_sent(seq, size, true, false, now);
  last_used_ = last_used;
}

void SenderLink::become_live(Time now) {
  if (state_ == LinkState::kSuspect) estimator_.on_readmission();
  estimator_.on_live(now);
  state_ = LinkState::kLive;
  probe_interval_ = kFirstProbeInterval;
  probe_left_ = 0;
  next_keepalive_ = now;
}

void SenderLink::become_suspect(Time now) {
  state_ = LinkState::kSuspect;
  unanswered_ = 0;
  warm_up_left_ = kWarmUpPackets;
  estimator_.on_outage(now);
  probe_left_ = 0;
  suspect_since_ = next_probe_ = next_keepalive_ = now;
  answers_ = false;
}

}  // namespace aegis::bond
