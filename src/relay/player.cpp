#include "relay/player.hpp"

#include <utility>

namespace aegis::relay {
namespace {

constexpr int kPacketsPerTurn = 128;

}  // namespace

Player::Player(PlayerId id, os::SrtSocket::Accepted accepted, Grant grant, const MediaRing& ring,
               Time now)
    : id_(id),
      socket_(std::move(accepted.socket)),
      from_(accepted.from),
      grant_(std::move(grant)),
      position_(ring.start()),
      started_(now) {}

Player::Pump Player::pump(const MediaRing& ring) {
  lapped_packets_ += ring.catch_up(position_);
  for (int i = 0; i < kPacketsPerTurn; ++i) {
    if (position_ == ring.next()) return Pump::kCaughtUp;
    auto const payload = ring.at(position_);
    switch (socket_.send(payload)) {
      case os::SrtSocket::Io::kWouldBlock:
        return Pump::kBlocked;
      case os::SrtSocket::Io::kBroken:
        return Pump::kGone;
      case os::SrtSocket::Io::kDone:
        break;
    }
    ++position_;
    ++packets_;
    bytes_ += Bytes::of(payload.size());
  }
  return position_ == ring.next() ? Pump::kCaughtUp : Pump::kMore;
}

void Player::set_waiting(os::SrtEpoll& epoll, bool waiting) {
  if (waiting == waiting_) return;
  waiting_ = waiting;
  epoll.change(socket_, false, waiting);
}

PlayerFigures Player::figures() const {
  PlayerFigures figures;
  figures.id = id_;
  figures.stream = grant_.stream;
  figures.address = from_;
  figures.started = started_;
  figures.lapped_packets = lapped_packets_;
  figures.rate = rate_.rate();
  if (auto stats = socket_.stats()) figures.srt = *stats;
  return figures;
}

}  // namespace aegis::relay
