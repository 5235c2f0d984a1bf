#include "common/bond/scheduler.hpp"

#include <algorithm>
#include <limits>

namespace aegis::bond {

namespace {

// The best priority among links that would deliver in time, with room now or a little later. Links
// of a larger number have to wait for these to fail.
template <typename Usable>
int preferred_priority(LinkList links, Bytes size, Duration timely, Time now, Usable usable) {
  int best = std::numeric_limits<int>::max();
  for (auto const& link : links) {
    if (link->state() != LinkState::kLive || link->priority() >= best || !usable(*link)) continue;
    if (link->arrival_of(size, now) - now <= timely) best = link->priority();
  }
  return best;
}

// Would a live link, full or not, deliver in time, as far as its estimate goes?
template <typename Usable>
bool can_be_in_time(LinkList links, Bytes size, Time deadline, Time now, Usable usable) {
  return std::any_of(links.begin(), links.end(), [&](auto const& link) {
    return link->state() == LinkState::kLive && usable(*link) &&
           link->arrival_of(size, now) <= deadline;
  });
}

template <typename Usable>
SenderLink* earliest_of(LinkList links, Bytes size, const Preference& preference, Time now,
                        Usable usable) {
  int const last = preference.ranked && !preference.spill
                       ? preferred_priority(links, size, preference.timely, now, usable)
                       : std::numeric_limits<int>::max();
  // Where none can, the estimates may be wrong, and there is nothing to lose.
  Time const deadline =
      can_be_in_time(links, size, preference.deadline, now, usable) ? preference.deadline : kNever;
  SenderLink* best = nullptr;
  bool best_is_late = true;
  Time best_arrival = kNever;
  for (auto const& link : links) {
    if (link->state() != LinkState::kLive || link->priority() > last || !usable(*link) ||
        !link->has_room_for(size, now))
      continue;
    Time const expected = link->arrival_of(size, now);
    if (expected > deadline) continue;
    bool const late = preference.ranked && expected - now > preference.timely;
    Time const arrival = link->biased(expected, now);
    if (best != nullptr) {
      bool const other_rank = preference.ranked && link->priority() != best->priority();
      bool const better = late != best_is_late ? !late
                          : other_rank         ? link->priority() < best->priority()
                                               : arrival < best_arrival;
      if (!better) continue;
    }
    best = link.get();
    best_is_late = late;
    best_arrival = arrival;
  }
  return best;
}

}  // namespace

SenderLink* earliest_delivery(LinkList links, Bytes size, const Preference& preference, Time now) {
  return earliest_of(links, size, preference, now, [](const SenderLink&) { return true; });
}

SenderLink* earliest_delivery_elsewhere(LinkList links, SeqNo seq, Bytes size,
                                        const Preference& preference, Time now) {
  auto const without = [&](const SenderLink& link) { return !link.has_in_flight(seq); };
  bool const other_is_live = std::any_of(links.begin(), links.end(), [&](auto const& link) {
    return link->state() == LinkState::kLive && without(*link);
  });
  return other_is_live ? earliest_of(links, size, preference, now, without)
                       : earliest_delivery(links, size, preference, now);
}

SenderLink* shortest_round_trip(LinkList links, Time now) {
  SenderLink* best = nullptr;
  auto const rank = [now](const SenderLink& link) {
    auto const rtt = link.estimator().rtt().value_or(Duration(1s)) + link.estimator().queueing(now);
    auto const preferred = rtt + link.priority() * Duration(1min);
    return link.state() == LinkState::kLive ? preferred : preferred + Duration(1h);
  };
  for (auto const& link : links) {
    if (!link->is_registered()) continue;
    if (best == nullptr || rank(*link) < rank(*best)) best = link.get();
  }
  return best;
}

}  // namespace aegis::bond
