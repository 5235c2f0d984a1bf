// One stream as the SRT thread sees it: its publisher if it has one, its recent packets, its
// players.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <utility>

#include "relay/media_ring.hpp"
#include "relay/player.hpp"
#include "relay/publisher.hpp"

namespace aegis::relay {

struct Channel {
  explicit Channel(std::string name) : stream(std::move(name)) {}

  std::string stream;
  MediaRing ring;
  std::unique_ptr<Publisher> publisher;
  std::list<Player> players;  // a list: connections refer to their player while others come and go
  bool fresh = false;         // players may have something to send

  bool is_empty() const { return publisher == nullptr && players.empty(); }
  // Nobody publishes and every player has what there was: the memory is of no more use.
  bool is_played_out() const {
    if (publisher != nullptr) return false;
    for (auto const& player : players)
      if (player.position() < ring.next()) return false;
    return true;
  }
};

}  // namespace aegis::relay
