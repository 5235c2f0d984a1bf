#include "sim/srt_acceptor.hpp"

#include <algorithm>

namespace aegis::sim {
namespace {

constexpr Duration kAckInterval = 10ms;
constexpr Duration kKeepalive = 1s;
constexpr int kLightAckEvery = 64;
constexpr std::uint32_t kCookie = 0x5a17c00e;

}  // namespace

std::int64_t SrtAcceptor::position(SeqNo sequence) const {
  SeqNo const reference = this->sequence(high_);
  return high_ + distance(reference, sequence);
}

std::uint32_t SrtAcceptor::timestamp(Time now) const {
  return static_cast<std::uint32_t>((now - started_).count());
}

void SrtAcceptor::send(const SrtPacket& packet, Time now) {
  last_sent_ = now;
  out_.acceptor_sends(packet.view());
}

void SrtAcceptor::on_datagram(ByteView datagram, Time now) {
  if (broken_ || datagram.size() < kSrtHeader) return;
  if (!is_data(datagram) && control_of(datagram) == SrtControl::kHandshake)
    return on_handshake(datagram, now);
  if (!connected_ || destination_of(datagram) != config_.socket_id) return;
  last_heard_ = now;
  if (is_data(datagram)) return on_data(datagram, now);
  if (control_of(datagram) == SrtControl::kAckAck) on_ack_ack(datagram, now);
  if (control_of(datagram) == SrtControl::kShutdown) on_shutdown(now);
}

// What is there in order can still be read, at once; the rest is gone.
void SrtAcceptor::on_shutdown(Time now) {
  for (; play_ < contiguous_; ++play_) out_.media(slot(play_).index, slot(play_).arrived, now);
  broken_ = true;
}

void SrtAcceptor::on_handshake(ByteView datagram, Time now) {
  auto const handshake = read_handshake(datagram);
  if (!handshake) return;
  if (!induced_) {
    induced_ = true;
    started_ = now;
    last_heard_ = now;
  }
  if (handshake->type != kInductionType && handshake->type != kConclusionType) return;
  SrtHandshake answer = *handshake;
  answer.version = 5;
  answer.socket_id = config_.socket_id;
  answer.cookie = kCookie;
  answer.latency.reset();
  if (handshake->type == kInductionType) {
    answer.extension = kSrtMagic;
    return send(write_handshake(answer, timestamp(now), handshake->socket_id), now);
  }
  if (handshake->cookie != kCookie || !handshake->latency) return;
  if (!connected_) {
    connected_ = true;
    peer_socket_ = handshake->socket_id;
    first_ = handshake->initial_sequence;
    slots_.resize(kBuffer);
    latency_ = std::max(config_.latency, *handshake->latency);
    time_base_ = now - Duration(timestamp_of(datagram));
    tolerance_ = config_.loss_max_ttl;
    next_ack_ = now + kAckInterval;
    next_nak_ = now + nak_interval();
  }
  if (handshake->socket_id != peer_socket_) return;
  answer.extension = 1;
  answer.latency = latency_;
  answer.response = true;
  answer.nak_report = config_.nak_report;
  send(write_handshake(answer, timestamp(now), peer_socket_), now);
}

Time SrtAcceptor::play_time(const Slot& slot) const {
  // 32-bit timestamps wrap every 71.6 minutes: take the nearest to the time of arrival.
  auto const elapsed = (slot.arrived - time_base_).count();
  auto const behind =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(elapsed) - slot.timestamp);
  return slot.arrived - Duration(behind) + latency_;
}

void SrtAcceptor::on_data(ByteView datagram, Time now) {
  SrtDataHeader const header = read_data_header(datagram);
  std::int64_t const at = position(header.sequence);
  ++counters_.packets;
  ++since_ack_;
  if (at < play_) {
    ++counters_.belated;
  } else if (at >= play_ + kBuffer) {
    ++counters_.beyond;
  } else if (at < high_ && slot(at).present) {
    ++counters_.duplicates;
    if (!header.retransmitted) on_reordered(at, slot(at));
  } else {
    if (at > high_) on_gap(high_, at, now);
    Slot& place = slot(at);
    if (at < high_) {
      --missing_;
      if (!header.retransmitted) on_reordered(at, place);
      if (place.fresh) --fresh_;
    } else if (!header.retransmitted && config_.loss_max_ttl > 0 && ++in_order_ >= 50) {
      in_order_ = 0;
      tolerance_ = std::max(0, tolerance_ - 1);
    }
    place = Slot{true, false, false, 0, header.timestamp, read_index(datagram), now};
    high_ = std::max(high_, at + 1);
    ready_ = std::min(ready_, at);
    while (contiguous_ < high_ && slot(contiguous_).present) ++contiguous_;
  }
  age_fresh_losses(now);
  if (since_ack_ >= kLightAckEvery * light_acks_) {
    ++light_acks_;
    send(write_light_ack(sequence(contiguous_), timestamp(now), peer_socket_), now);
  }
  deliver(now);
}

void SrtAcceptor::on_gap(std::int64_t from, std::int64_t to, Time now) {
  bool const wait = tolerance_ > 0;
  for (auto at = from; at < to; ++at) slot(at) = Slot{false, true, wait, tolerance_, 0, 0, now};
  if (ready_ == high_) ready_ = to;
  missing_ += to - from;
  high_ = to;
  if (wait) {
    fresh_ += to - from;
  } else {
    report({{sequence(from), sequence(to - 1)}}, now);
  }
}

// An original that came after a later one: the links reorder by that many packets at least.
void SrtAcceptor::on_reordered(std::int64_t at, const Slot& place) {
  if (config_.loss_max_ttl == 0) return;
  in_order_ = 0;
  auto const behind =
      static_cast<int>(std::min<std::int64_t>(high_ - 1 - at, config_.loss_max_ttl));
  if (behind > tolerance_) {
    tolerance_ = behind;
    early_ = 0;
  } else if (place.fresh && place.ttl > 2 && ++early_ >= 10) {
    early_ = 0;
    tolerance_ = std::max(0, tolerance_ - 1);
  }
}

// Every arrival brings fresh losses nearer to their report.
void SrtAcceptor::age_fresh_losses(Time now) {
  if (fresh_ == 0) return;
  SrtLosses ripe;
  for (auto at = std::max(play_, contiguous_); at < high_; ++at) {
    Slot& place = slot(at);
    if (!place.fresh || place.ttl-- > 0) continue;
    place.fresh = false;
    --fresh_;
    if (!ripe.empty() && ripe.back().second.next() == sequence(at)) {
      ripe.back().second = sequence(at);
    } else {
      ripe.emplace_back(sequence(at), sequence(at));
    }
  }
  if (!ripe.empty()) report(ripe, now);
}

void SrtAcceptor::report(const SrtLosses& losses, Time now) {
  ++counters_.loss_reports;
  for (auto const& [first, last] : losses)
    counters_.losses_reported += static_cast<std::uint64_t>(distance(first, last)) + 1;
  send(write_loss_report(losses, timestamp(now), peer_socket_), now);
}

void SrtAcceptor::report_all(Time now) {
  if (missing_ == 0) return;
  SrtLosses losses;
  for (auto at = std::max(play_, contiguous_); at < high_; ++at) {
    if (!slot(at).lost) continue;
    auto const begin = at;
    while (at + 1 < high_ && slot(at + 1).lost) ++at;
    losses.emplace_back(sequence(begin), sequence(at));
  }
  if (!losses.empty()) report(losses, now);
}

Duration SrtAcceptor::nak_interval() const {
  return std::max<Duration>(20ms, (rtt_.smoothed + 4 * rtt_.variance) / 2);
}

void SrtAcceptor::send_ack(Time now) {
  next_ack_ = now + kAckInterval;
  since_ack_ = 0;
  light_acks_ = 1;
  if (contiguous_ == ack_acked_) return;
  if (contiguous_ == acked_ && now - last_full_ack_ < rtt_.smoothed + 4 * rtt_.variance) return;
  acked_ = contiguous_;
  last_full_ack_ = now;
  ++ack_number_;
  acks_[ack_number_ % acks_.size()] = {ack_number_, contiguous_, now};
  SrtFullAck ack;
  ack.next_expected = sequence(contiguous_);
  ack.number = ack_number_;
  ack.rtt_us = static_cast<std::uint32_t>(rtt_.smoothed.count());
  ack.rtt_variance_us = static_cast<std::uint32_t>(rtt_.variance.count());
  ack.free_buffer = static_cast<std::uint32_t>(kBuffer - (high_ - play_));
  send(write_full_ack(ack, timestamp(now), peer_socket_), now);
}

void SrtAcceptor::on_ack_ack(ByteView datagram, Time now) {
  const SentAck& sent = acks_[info_of(datagram) % acks_.size()];
  if (sent.number == 0 || sent.number != info_of(datagram)) return;
  rtt_.add(now - sent.at);
  ack_acked_ = std::max(ack_acked_, sent.position);
}

// Passes places that will not be waited for any longer.
void SrtAcceptor::pass(std::int64_t until) {
  for (; play_ < until; ++play_) {
    if (slot(play_).fresh) --fresh_;
    --missing_;
    ++counters_.dropped;
  }
}

void SrtAcceptor::deliver(Time now) {
  while (ready_ < high_) {
    const Slot& next = slot(ready_);
    if (play_time(next) > now) break;
    if (ready_ > play_) pass(ready_);
    out_.media(next.index, next.arrived, now);
    ++play_;
    while (ready_ < high_ && (ready_ < play_ || !slot(ready_).present)) ++ready_;
  }
  contiguous_ = std::max(contiguous_, play_);
  while (contiguous_ < high_ && slot(contiguous_).present) ++contiguous_;
}

void SrtAcceptor::on_timeout(Time now) {
  if (!induced_ || broken_) return;
  if (now - last_heard_ > config_.peer_idle) {
    broken_ = true;
    return;
  }
  if (!connected_) return;
  deliver(now);
  if (now >= next_ack_) send_ack(now);
  if (now >= next_nak_) {
    if (config_.nak_report) report_all(now);
    next_nak_ = now + nak_interval();
  }
  if (now - last_sent_ >= kKeepalive)
    send(write_control(SrtControl::kKeepalive, 0, timestamp(now), peer_socket_, 4), now);
}

Time SrtAcceptor::next_timeout() const {
  if (!induced_ || broken_) return kNever;
  Time const idle = last_heard_ + config_.peer_idle + kAckInterval;
  if (!connected_) return idle;
  Time const ready = ready_ < high_ ? play_time(slot(ready_)) : kNever;
  return std::min({idle, ready, next_ack_, next_nak_, last_sent_ + kKeepalive});
}

}  // namespace aegis::sim
