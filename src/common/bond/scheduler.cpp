#include "common/bond/scheduler.hpp"

#include <algorithm>

namespace aegis::bond {

namespace {

template <typename Usable>
SenderLink* earliest_of(LinkList links, Bytes size, Time now, Usable usable) {
  SenderLink* best = nullptr;
  Time best_arrival = kNever;
  for (auto const& link : links) {
    if (link->state() != LinkState::kLive || !usable(*link) || !link->has_room_for(size)) continue;
    Time const arrival = link->arrival_of(size, now);
    if (arrival >= best_arrival) continue;
    best = link.get();
    best_arrival = arrival;
  }
  return best;
}

}  // namespace

SenderLink* earliest_delivery(LinkList links, Bytes size, Time now) {
  return earliest_of(links, size, now, [](const SenderLink&) { return true; });
}

SenderLink* earliest_delivery_elsewhere(LinkList links, SeqNo seq, Bytes size, Time now) {
  auto const without = [&](const SenderLink& link) { return !link.has_in_flight(seq); };
  bool const other_is_live = std::any_of(links.begin(), links.end(), [&](auto const& link) {
    return link->state() == LinkState::kLive && without(*link);
  });
  return other_is_live ? earliest_of(links, size, now, without)
                       : earliest_delivery(links, size, now);
}

SenderLink* shortest_round_trip(LinkList links) {
  SenderLink* best = nullptr;
  auto const rank = [](const SenderLink& link) {
    auto const rtt = link.estimator().rtt().value_or(Duration(1s)) + link.estimator().queueing();
    return link.state() == LinkState::kLive ? rtt : rtt + Duration(1h);
  };
  for (auto const& link : links) {
    if (link->state() == LinkState::kConnecting) continue;
    if (best == nullptr || rank(*link) < rank(*best)) best = link.get();
  }
  return best;
}

}  // namespace aegis::bond
