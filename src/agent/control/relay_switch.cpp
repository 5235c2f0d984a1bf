#include "agent/control/relay_switch.hpp"

namespace aegis::agent::control {

Duration RelaySwitch::patience(const RelayView& in_use) const {
  if (in_use.answers) return kNoStream;
  return was_there_ ? kSilent : kNeverThere;
}

RelaySwitch::Decision RelaySwitch::try_next(Time now) {
  candidate_ = (candidate_ + 1) % relays_;
  if (candidate_ == in_use_) candidate_ = (candidate_ + 1) % relays_;
  tried_since_ = now;
  answered_since_.reset();
  return {Action::kTry, candidate_};
}

RelaySwitch::Decision RelaySwitch::step(const RelayView& in_use,
                                        const std::optional<RelayView>& tried, Time now) {
  if (relays_ < 2) return {};
  if (in_use.answers && in_use.connected) {
    was_there_ = true;
    amiss_since_.reset();
    tried_since_.reset();
    candidate_ = in_use_;
    return {tried ? Action::kDrop : Action::kStay, in_use_};
  }
  if (!amiss_since_) amiss_since_ = now;
  if (now - *amiss_since_ < patience(in_use)) return {};
  bool const enough = !tried_since_ || now - *tried_since_ >= kTry;
  // One that could not even be tried has its time like any other.
  if (!tried) return enough ? try_next(now) : Decision{};
  if (!tried->answers) answered_since_.reset();
  if (tried->answers && !answered_since_) answered_since_ = now;
  if (answered_since_ && now - *answered_since_ >= kGrace) {
    in_use_ = candidate_;
    was_there_ = false;
    amiss_since_ = now;
    return {Action::kChange, in_use_};
  }
  bool const others = relays_ > 2;
  return others && !tried->answers && enough ? try_next(now) : Decision{};
}

}  // namespace aegis::agent::control
