#include "bench/load/player.hpp"

#include <algorithm>
#include <utility>

#include "bench/load/program.hpp"

namespace aegis::bench {
namespace {

constexpr Duration kHandshakeRepeat = 500ms;
constexpr Duration kAckEvery = 10ms;
constexpr Duration kNakEvery = 50ms;
constexpr std::uint32_t kSocketBase = 0x40000;
constexpr std::uint32_t kBuffer = 8192, kLoopbackRttUs = 500;
constexpr std::uint32_t kRefusal = 1000;

}  // namespace

LoadPlayer::LoadPlayer(std::size_t index, std::string stream_id, Duration latency, Output& out)
    : index_(index), stream_id_(std::move(stream_id)), latency_(latency), out_(out) {}

std::uint32_t LoadPlayer::timestamp(Time now) const {
  return static_cast<std::uint32_t>((now - started_).count());
}

void LoadPlayer::send_handshake(Time now) {
  next_handshake_ = now + kHandshakeRepeat;
  sim::SrtHandshake handshake;
  handshake.initial_sequence = SeqNo(1);
  handshake.socket_id = kSocketBase + static_cast<std::uint32_t>(index_);
  if (state_ == State::kConclusion) {
    handshake.version = 5;
    handshake.extension = 5;  // HSREQ and CONFIG
    handshake.type = sim::kConclusionType;
    handshake.cookie = cookie_;
    handshake.latency = latency_;
    handshake.stream_id = stream_id_;
  }
  out_.player_sends(index_, sim::write_handshake(handshake, timestamp(now), 0).view());
}

void LoadPlayer::on_handshake(ByteView datagram, Time now) {
  auto const answer = sim::read_handshake(datagram);
  if (!answer || state_ == State::kConnected) return;
  if (state_ == State::kInduction && answer->type == sim::kInductionType) {
    cookie_ = answer->cookie;
    state_ = State::kConclusion;
    send_handshake(now);
  } else if (state_ == State::kConclusion && answer->type == sim::kConclusionType) {
    peer_socket_ = answer->socket_id;
    next_ = answer->initial_sequence;
    state_ = State::kConnected;
  } else if (answer->type >= kRefusal && answer->type < 0x80000000u) {
    ++account_.refusals;  // perhaps nobody publishes yet
    state_ = State::kInduction;
  }
}

void LoadPlayer::on_datagram(ByteView datagram, Time now) {
  if (datagram.size() < sim::kSrtHeader) return;
  if (sim::is_data(datagram)) {
    if (state_ == State::kConnected && datagram.size() == sim::kSrtHeader + sim::kPayload)
      on_data(datagram, now);
  } else if (sim::control_of(datagram) == sim::SrtControl::kHandshake) {
    on_handshake(datagram, now);
  }
}

void LoadPlayer::on_data(ByteView datagram, Time now) {
  SeqNo const sequence = sim::read_data_header(datagram).sequence;
  ++since_ack_;
  if (auto const ahead = distance(next_, sequence); ahead >= 0) {
    if (ahead > 0) on_gap(sequence, now);
    next_ = sequence.next();
  } else {
    auto const found = std::find_if(missing_.begin(), missing_.end(),
                                    [&](const Missing& m) { return m.sequence == sequence; });
    if (found == missing_.end()) return;  // a duplicate
    missing_.erase(found);
  }
  count(Program::read_number(datagram.subspan(sim::kSrtHeader)));
}

void LoadPlayer::count(std::uint64_t number) {
  first_number_ = received_ == 0 ? number : std::min(first_number_, number);
  last_number_ = received_ == 0 ? number : std::max(last_number_, number);
  ++received_;
}

void LoadPlayer::on_gap(SeqNo upto, Time now) {
  account_.asked_again += static_cast<std::uint64_t>(distance(next_, upto));
  for (SeqNo at = next_; at != upto; at = at.next()) missing_.push_back({at, now});
  next_nak_ = now;
}

// A full ACK each 10 ms of media, as libsrt's; reports of what is missing twenty times a second.
void LoadPlayer::acknowledge(Time now) {
  if (since_ack_ > 0 && now >= next_ack_) {
    next_ack_ = now + kAckEvery;
    since_ack_ = 0;
    SeqNo const expected = missing_.empty() ? next_ : missing_.front().sequence;
    sim::SrtFullAck const ack{expected, ++ack_number_, kLoopbackRttUs, kLoopbackRttUs, kBuffer};
    out_.player_sends(index_, sim::write_full_ack(ack, timestamp(now), peer_socket_).view());
  }
  if (missing_.empty() || now < next_nak_) return;
  next_nak_ = now + kNakEvery;
  sim::SrtLosses losses;
  for (auto const& [sequence, since] : missing_) losses.emplace_back(sequence, sequence);
  out_.player_sends(index_, sim::write_loss_report(losses, timestamp(now), peer_socket_).view());
}

void LoadPlayer::forget_too_late(Time now) {
  std::erase_if(missing_, [&](const Missing& m) { return now - m.since > latency_; });
}

void LoadPlayer::tick(Time now) {
  if (state_ == State::kIdle) {
    started_ = now;
    state_ = State::kInduction;
  }
  if (state_ != State::kConnected) {
    if (now >= next_handshake_) send_handshake(now);
    return;
  }
  forget_too_late(now);
  acknowledge(now);
}

PlayerAccount LoadPlayer::account() const {
  PlayerAccount account = account_;
  account.received = received_;
  if (received_ > 0) account.missing = last_number_ - first_number_ + 1 - received_;
  return account;
}

void LoadPlayer::start_account() {
  received_ = 0;
  account_ = {};
}

}  // namespace aegis::bench
