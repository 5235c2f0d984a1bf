// Which link takes the next packet.
#pragma once

#include <memory>
#include <span>

#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/sender_link.hpp"

namespace aegis::bond {

using LinkList = std::span<const std::unique_ptr<SenderLink>>;

// What a packet asks of its link. `ranked` to `timely` say when it may leave the preferred links
// for others; see LinkPolicy::priority.
struct Preference {
  bool ranked = false;                // the links have different priorities
  bool spill = false;                 // it has waited long enough for the preferred
  Duration timely = Duration::max();  // how soon a preferred link must deliver
  Time deadline = kNever;             // of no use when it arrives later
};

// The live link with room on which a packet of `size` would arrive first (earliest delivery path
// first; Chebrolu and Rao 2006), nullptr when every link is full: then waiting is better than a
// modem's queue. So it is when every link with room would be late and a full one would not.
// Priority and weight come in as LinkPolicy says.
SenderLink* earliest_delivery(LinkList links, Bytes size, const Preference& preference, Time now);

// The same for a copy of packet `seq`: a link that already has it in flight would only repeat its
// fate, so it comes into question only when no other link is live.
SenderLink* earliest_delivery_elsewhere(LinkList links, SeqNo seq, Bytes size,
                                        const Preference& preference, Time now);

// The link for a packet that must not wait: control packets are small and carry SRT's own clock.
// The live link with the shortest round trip among the most preferred; else any that is registered.
SenderLink* shortest_round_trip(LinkList links, Time now);

}  // namespace aegis::bond
