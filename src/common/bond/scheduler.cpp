#include "common/bond/scheduler.hpp"

namespace aegis::bond {

SenderLink* earliest_delivery(LinkList links, Bytes size, Time now) {
  SenderLink* best = nullptr;
  Time best_arrival = kNever;
  for (auto const& link : links) {
    if (link->state() != LinkState::kLive || !link->has_room_for(size)) continue;
    Time const arrival = link->arrival_of(size, now);
    if (arrival >= best_arrival) continue;
    best = link.get();
    best_arrival = arrival;
  }
  return best;
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
