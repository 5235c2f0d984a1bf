// One publisher's SRT connection and what it has sent.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "common/os/srt_socket.hpp"
#include "relay/figures.hpp"
#include "relay/group_directory.hpp"
#include "relay/media_ring.hpp"
#include "relay/rate_window.hpp"
#include "relay/recorder.hpp"

namespace aegis::relay {

// How the publisher came.
struct Arrival {
  bool bonded = false;  // through a bond, by the internal listener
  // Its group and who proved itself in it. None for plain SRT, and where the group had just gone.
  std::optional<GroupDirectory::Entry> bond;

  std::optional<GroupId> group() const { return bond ? std::optional(bond->group) : std::nullopt; }
};

class Publisher {
 public:
  Publisher(os::SrtSocket::Accepted accepted, Time now);

  // Moves what waits into the ring, a bounded number of packets, and into `record` if there is one.
  // False when the connection is broken. To be called when the epoll says that something waits.
  bool read(MediaRing& ring, Recorder::Track* record, Time now);

  void sample_rate(Time now) { rate_.sample(bytes_, now); }
  // Fills in what belongs to the connection.
  void tell(SessionFigures& figures) const;

  const os::SrtSocket& socket() const { return socket_; }
  const Endpoint& from() const { return from_; }
  // Nothing has come for a while: not since this time.
  Time quiet_since() const { return last_media_.value_or(connected_); }
  std::uint64_t packets() const { return packets_; }

 private:
  os::SrtSocket socket_;
  Endpoint from_;
  Time connected_;
  std::optional<Time> last_media_;
  std::uint64_t packets_ = 0;
  Bytes bytes_;
  RateWindow rate_;
};

}  // namespace aegis::relay
