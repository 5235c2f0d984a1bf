// Which links came and went between two looks at the bond's figures.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "common/bond/receiver.hpp"
#include "relay/event_log.hpp"

namespace aegis::relay {

// For one thread. A link that stays away for less than a look is not missed.
class LinkNews {
 public:
  void look(const bond::ReceiverFigures& figures, EventLog& events) {
    std::map<Key, std::string> now;
    for (auto const& group : figures.groups)
      for (auto const& link : group.links)
        now.emplace(Key{group.id.value, link.slot, link.joined}, masked(link.address));
    tell("link_ended", known_, now, events);
    tell("link_started", now, known_, events);
    known_ = std::move(now);
  }

 private:
  struct Key {
    std::uint32_t group;
    std::size_t slot;
    Time joined;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  // Those of `these` that are not among `those`.
  static void tell(const char* event, const std::map<Key, std::string>& these,
                   const std::map<Key, std::string>& those, EventLog& events) {
    for (auto const& [key, address] : these)
      if (those.count(key) == 0)
        events.add(event, {{"group", key.group}, {"slot", key.slot}, {"address", address}});
  }

  std::map<Key, std::string> known_;
};

}  // namespace aegis::relay
