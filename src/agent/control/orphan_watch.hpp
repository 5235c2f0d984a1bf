// Knows when the SRT connection above the bond has lost its far end: the relay was restarted, or
// has forgotten our group, and nobody answers what SRT sends into the new one. SRT itself waits
// five seconds before it believes so. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::control {

class OrphanWatch {
 public:
  // The relay has made us its `groups`-th group. A relay that still holds the connection answers
  // over it all the same; then nothing is lost.
  void on_group(std::uint64_t groups) {
    if (groups == groups_) return;
    groups_ = groups;
    in_doubt_ = true;
    unanswered_since_.reset();
  }
  // The local SRT peer begins a connection, in the group of now.
  void on_handshake() { settle(); }
  // It sent a data packet, which would be acknowledged within a round trip.
  void on_data(Time now) {
    if (in_doubt_ && !unanswered_since_) unanswered_since_ = now;
  }
  // Anything of SRT came from the relay.
  void on_answer() { settle(); }

  // True when the connection is to be ended; again after each `patience` for as long as the local
  // peer goes on with it.
  bool take_orphan(Duration patience, Time now) {
    if (!unanswered_since_ || now - *unanswered_since_ < patience) return false;
    unanswered_since_.reset();
    return true;
  }

 private:
  void settle() {
    in_doubt_ = false;
    unanswered_since_.reset();
  }

  std::uint64_t groups_ = 0;
  bool in_doubt_ =
      false;  // the group is newer than the connection, which has not been answered in it
  std::optional<Time> unanswered_since_;
};

}  // namespace aegis::agent::control
