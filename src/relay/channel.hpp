// One stream as the SRT thread sees it: its session and its publisher if it has them, its recent
// packets, its players.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "relay/media_ring.hpp"
#include "relay/player.hpp"
#include "relay/publisher.hpp"

namespace aegis::relay {

// What lasts as long as a session, whichever connections carry it.
struct Publication {
  session::SessionId id;
  Grant grant;  // of the newest publisher, like its arrival
  Arrival arrival;
  Time started{};
  std::uint64_t packets = 0;  // of all connections
  std::uint32_t resumes = 0;  // connections after the first
  std::optional<Time> last_media;
  std::unique_ptr<Recorder::Track> record;  // none: it is not recorded
};

struct Channel {
  explicit Channel(std::string name) : stream(std::move(name)) {}

  std::string stream;
  MediaRing ring;
  std::optional<Publication> publication;
  std::unique_ptr<Publisher> publisher;  // only with a publication; none while it is in grace
  std::list<Player> players;  // a list: connections refer to their player while others come and go
  bool fresh = false;         // players may have something to send

  bool is_empty() const { return !publication && players.empty(); }
  // Nobody publishes and every player has what there was: the memory is of no more use.
  bool is_played_out() const {
    if (publisher != nullptr) return false;
    for (auto const& player : players)
      if (player.position() < ring.next()) return false;
    return true;
  }
};

}  // namespace aegis::relay
