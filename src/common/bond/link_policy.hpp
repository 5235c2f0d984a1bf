// What the user wants of one link: how it is preferred to others, how much it may send, and whether
// it is used at all.
#pragma once

#include <optional>

#include "common/base/units.hpp"

namespace aegis::bond {

// May change at any time; what is on its way is not touched by a change.
struct LinkPolicy {
  static constexpr double kMinWeight = 0.1, kMaxWeight = 10;
  static constexpr int kLastPriority = 9;

  // Bias of the choice by earliest delivery: the time until delivery over this link is taken for
  // this many times shorter than it is. A link of weight 2 is taken although it delivers up to
  // twice as late as one of weight 1. Bounded to [kMinWeight, kMaxWeight].
  double weight = 1;
  // Links of the smallest number (0 to kLastPriority) are used first. One of a larger number is a
  // reserve: it takes packets only while no better link is live, or when the better ones would
  // deliver later than half of the latency from now, or when packets have waited for them longer
  // than an eighth of it.
  int priority = 0;
  // Bytes on the wire towards the relay, headers included, in the long run and within any second
  // but for a burst of 50 ms. Data and its copies wait for it; keep-alives and SRT's control
  // packets do not, but count.
  std::optional<BitRate> cap = std::nullopt;
  // What the network adds to each datagram, for `cap`: the IP and the UDP header.
  Bytes header{28};
  // Nothing is sent over the link, not even a keep-alive, so that it costs nothing; the relay
  // forgets it after some seconds. What was in flight may still arrive and be reported; what is
  // overdue is sent again over the others. On again, the link registers anew.
  bool off = false;

  friend bool operator==(const LinkPolicy&, const LinkPolicy&) = default;
};

}  // namespace aegis::bond
