#include "sim/srt_caller.hpp"

#include <algorithm>

namespace aegis::sim {
namespace {

// What a conclusion's extension field announces (section 3.2.1).
constexpr std::uint16_t kHasLatency = 1, kHasStreamId = 4;
constexpr Duration kHandshakeRepeat = 250ms;
constexpr Duration kKeepalive = 1s;
constexpr Duration kTick = 10ms;
// libsrt never lets a packet grow too late in less than this.
constexpr Duration kLeastTooLate = 1s;

}  // namespace

SrtCaller::SrtCaller(const SrtCallerConfig& config, Time now, Output& out)
    : config_(config),
      out_(out),
      started_(now),
      latency_(config.latency),
      first_(config.initial_sequence),
      last_heard_(now),
      last_sent_(now),
      last_ack_(now),
      next_handshake_(now) {
  send_handshake(now);
}

std::uint32_t SrtCaller::timestamp(Time now) const {
  return static_cast<std::uint32_t>((now - started_).count());
}

void SrtCaller::send(const SrtPacket& packet, Time now) {
  last_sent_ = now;
  out_.caller_sends(packet.view());
}

void SrtCaller::send_handshake(Time now) {
  SrtHandshake handshake;
  handshake.initial_sequence = config_.initial_sequence;
  handshake.socket_id = config_.socket_id;
  if (state_ == State::kConclusion) {
    handshake.version = 5;
    handshake.extension = config_.stream_id.empty() ? kHasLatency : kHasLatency | kHasStreamId;
    handshake.type = kConclusionType;
    handshake.cookie = cookie_;
    handshake.latency = config_.latency;
    handshake.stream_id = config_.stream_id;
  }
  next_handshake_ = now + kHandshakeRepeat;
  send(write_handshake(handshake, timestamp(now), 0), now);
}

void SrtCaller::on_handshake(ByteView datagram, Time now) {
  auto const handshake = read_handshake(datagram);
  if (!handshake) return;
  if (state_ == State::kInduction && handshake->type == kInductionType && handshake->version == 5) {
    cookie_ = handshake->cookie;
    state_ = State::kConclusion;
    send_handshake(now);
  } else if (state_ == State::kConclusion && handshake->type == kConclusionType &&
             handshake->latency) {
    peer_socket_ = handshake->socket_id;
    peer_reports_naks_ = handshake->nak_report;
    latency_ = std::max(latency_, *handshake->latency);
    last_ack_ = now;
    state_ = State::kConnected;
  }
}

bool SrtCaller::push(std::uint64_t index, Time now) {
  drop_too_late(now);
  if (buffer_.size() >= window_) {
    ++counters_.refused;
    return false;
  }
  SeqNo const sequence = end();
  Slot slot;
  slot.index = index;
  slot.origin = now;
  slot.message = message_++;
  if (buffer_.empty()) last_ack_ = now;
  buffer_.push_back(slot);
  ++counters_.packets;
  send(write_data({sequence, slot.message, timestamp(now), peer_socket_, false}, index), now);
  return true;
}

void SrtCaller::drop_too_late(Time now) {
  Duration const limit = std::max(latency_, kLeastTooLate) + 2 * kTick;
  while (!buffer_.empty() && now - buffer_.front().origin > limit) {
    buffer_.pop_front();
    first_ = first_.next();
    ++counters_.too_late;
  }
}

void SrtCaller::break_off(const char* why) {
  state_ = State::kBroken;
  broken_because_ = why;
}

void SrtCaller::shut_down(Time now) {
  if (state_ == State::kConnected)
    send(write_control(SrtControl::kShutdown, 0, timestamp(now), peer_socket_, 4), now);
  break_off("shut down here");
}

void SrtCaller::on_datagram(ByteView datagram, Time now) {
  if (state_ == State::kBroken || datagram.size() < kSrtHeader || is_data(datagram)) return;
  if (destination_of(datagram) != config_.socket_id) return;
  last_heard_ = now;
  SrtControl const control = control_of(datagram);
  if (control == SrtControl::kHandshake) return on_handshake(datagram, now);
  if (state_ != State::kConnected) return;
  if (control == SrtControl::kAck) on_ack(datagram, now);
  if (control == SrtControl::kNak) on_nak(datagram, now);
  if (control == SrtControl::kShutdown) break_off("the peer shut down");
}

void SrtCaller::on_ack(ByteView datagram, Time now) {
  if (datagram.size() < kSrtHeader + 4) return;
  SeqNo const next_expected(load_u32(datagram, 16));
  if (distance(end(), next_expected) > 0) return break_off("an ACK for what was never sent");
  for (; distance(first_, next_expected) > 0; first_ = first_.next()) buffer_.pop_front();
  last_ack_ = now;
  fast_resends_ = 1;
  bool const light = datagram.size() < kSrtHeader + 16;
  if (light) return;
  send(write_control(SrtControl::kAckAck, info_of(datagram), timestamp(now), peer_socket_, 4), now);
  rtt_.add(Duration(load_u32(datagram, 20)));
  window_ = std::clamp<std::uint32_t>(load_u32(datagram, 28), 2, 8192);
}

void SrtCaller::on_nak(ByteView datagram, Time now) {
  auto const losses = read_loss_report(datagram);
  if (!losses) return break_off("a malformed loss report");
  ++counters_.loss_reports;
  for (auto const& [first, last] : *losses) {
    if (distance(end(), last) >= 0) return break_off("a loss report of what was never sent");
    counters_.losses_reported += static_cast<std::uint64_t>(distance(first, last)) + 1;
  }
  drop_too_late(now);
  for (auto const& [first, last] : *losses) {
    auto const begin = std::max(distance(first_, first), 0);
    for (auto at = begin; at <= distance(first_, last); ++at)
      resend(static_cast<std::size_t>(at), now);
  }
}

void SrtCaller::resend(std::size_t offset, Time now) {
  Slot& slot = buffer_[offset];
  Duration const apart = rtt_.smoothed - 4 * rtt_.variance;
  if (config_.once_per_rtt && peer_reports_naks_ && slot.resent && now - slot.last_resent < apart) {
    ++counters_.spared;
    return;
  }
  slot.last_resent = now;
  slot.resent = true;
  ++counters_.retransmitted;
  SeqNo const sequence = first_.plus(static_cast<std::int32_t>(offset));
  send(write_data({sequence, slot.message, timestamp(slot.origin), peer_socket_, true}, slot.index),
       now);
}

// FASTREXMIT: only when the peer sends no periodic NAKs.
void SrtCaller::resend_unacknowledged(Time now) {
  if (peer_reports_naks_ || buffer_.empty()) return;
  Duration const wait = fast_resends_ * (rtt_.smoothed + 4 * rtt_.variance + 2 * kTick) + kTick;
  if (now - last_ack_ < wait) return;
  ++fast_resends_;
  drop_too_late(now);
  for (std::size_t at = 0; at < buffer_.size(); ++at) resend(at, now);
}

void SrtCaller::on_timeout(Time now) {
  if (state_ == State::kBroken) return;
  if (state_ != State::kConnected) {
    last_heard_ = now;
    if (now >= next_handshake_) send_handshake(now);
    return;
  }
  if (now - last_heard_ > config_.peer_idle) return break_off("the peer is silent");
  resend_unacknowledged(now);
  if (now - last_sent_ >= kKeepalive)
    send(write_control(SrtControl::kKeepalive, 0, timestamp(now), peer_socket_, 4), now);
}

Time SrtCaller::next_timeout() const {
  if (state_ == State::kBroken) return kNever;
  if (state_ != State::kConnected) return next_handshake_;
  Time next = std::min(last_sent_ + kKeepalive, last_heard_ + config_.peer_idle + kTick);
  if (!peer_reports_naks_ && !buffer_.empty())
    next = std::min(
        next, last_ack_ + fast_resends_ * (rtt_.smoothed + 4 * rtt_.variance + 2 * kTick) + kTick);
  return next;
}

}  // namespace aegis::sim
