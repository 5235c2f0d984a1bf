// One player's SRT connection and where it stands in its stream's ring.
#pragma once

#include <cstdint>

#include "common/base/endpoint.hpp"
#include "common/os/srt_socket.hpp"
#include "relay/access.hpp"
#include "relay/figures.hpp"
#include "relay/media_ring.hpp"
#include "relay/rate_window.hpp"

namespace aegis::relay {

class Player {
 public:
  // It begins at the ring's start().
  Player(PlayerId id, os::SrtSocket::Accepted accepted, Grant grant, const MediaRing& ring,
         Time now);

  enum class Pump {
    kCaughtUp,  // has everything
    kMore,      // there is more for it: it is the others' turn first
    kBlocked,   // libsrt's buffer is full: go on when the socket is writable
    kGone,      // the connection is broken
  };
  // Hands libsrt what the player has not had yet, a bounded number of packets. A player that the
  // ring has lapped loses packets of its own and nobody else's.
  Pump pump(const MediaRing& ring);

  // Whether `epoll`, which knows the socket, is to say when it is writable.
  void set_waiting(os::SrtEpoll& epoll, bool waiting);

  void sample_rate(Time now) { rate_.sample(bytes_, now); }
  PlayerFigures figures() const;

  PlayerId id() const { return id_; }
  const os::SrtSocket& socket() const { return socket_; }
  const Endpoint& from() const { return from_; }
  const Grant& grant() const { return grant_; }
  Time started() const { return started_; }
  MediaRing::Position position() const { return position_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t lapped_packets() const { return lapped_packets_; }

 private:
  PlayerId id_;
  os::SrtSocket socket_;
  Endpoint from_;
  Grant grant_;
  MediaRing::Position position_;
  Time started_;
  std::uint64_t packets_ = 0, lapped_packets_ = 0;
  Bytes bytes_;
  bool waiting_ = false;
  RateWindow rate_;
};

}  // namespace aegis::relay
