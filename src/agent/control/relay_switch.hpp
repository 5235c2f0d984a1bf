// Which of several relays the stream goes to: pure. The next one is tried beside the one in use, so
// that a rig whose own network is down does not change its relay, where nothing would be gained.
#pragma once

#include <cstddef>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::control {

// How a relay fares.
struct RelayView {
  bool answers = false;    // on at least one link
  bool connected = false;  // and SRT stands
};

class RelaySwitch {
 public:
  // Another one is tried when no link has heard of the relay in use for so long; or it never was
  // there; or it answers, but takes no stream.
  static constexpr Duration kSilent = 400ms, kNeverThere = 3s, kNoStream = 5s;
  // It takes its place once it has answered for so long: a network that comes back may bring the
  // one in use a moment later.
  static constexpr Duration kGrace = 250ms;
  // How long one relay is tried before the next.
  static constexpr Duration kTry = 3s;

  explicit RelaySwitch(std::size_t relays) : relays_(relays) {}

  enum class Action {
    kStay,
    kTry,     // see whether `relay` answers, beside the one in use
    kChange,  // to `relay`, which has been tried and answers
    kDrop,    // do not try any longer
  };
  struct Decision {
    Action action = Action::kStay;
    std::size_t relay = 0;
  };
  // To be called several times a second; `tried` is how the one on trial fares.
  Decision step(const RelayView& in_use, const std::optional<RelayView>& tried, Time now);

 private:
  Duration patience(const RelayView& in_use) const;
  Decision try_next(Time now);

  std::size_t const relays_;
  std::size_t in_use_ = 0, candidate_ = 0;
  bool was_there_ = false;
  std::optional<Time> amiss_since_;
  std::optional<Time> tried_since_;     // nothing: none since the one in use was well
  std::optional<Time> answered_since_;  // the one that is tried
};

}  // namespace aegis::agent::control
