#include "agent/control/input_switch.hpp"

#include <algorithm>

namespace aegis::agent::control {

bool is_lost(const InputView& input, Time now) {
  if (input.ended || !input.last_picture) return true;
  return now - *input.last_picture > std::max(InputSwitch::kLostAfter, 3 * input.interval);
}

std::optional<std::size_t> InputSwitch::step(std::span<const InputView> inputs, Time now) {
  for (std::size_t i = 0; i < states_.size(); ++i) observe(states_[i], inputs[i], now);
  auto const next = choose(now);
  if (next != shown_ && next) states_[*next].shown_since = now;
  shown_ = next;
  return shown_;
}

void InputSwitch::observe(State& state, const InputView& input, Time now) {
  if (!is_lost(input, now)) {
    if (!state.there_since) state.there_since = now;
    if (state.shown_since && now - *state.shown_since >= kLasting) state.patience = kReturnAfter;
    return;
  }
  if (state.there_since && state.shown_since && now - *state.shown_since < kLasting)
    state.patience = std::min(2 * state.patience, kLongestReturn);
  state.there_since.reset();
  state.shown_since.reset();
}

bool InputSwitch::may_return(const State& state, Time now) const {
  return state.there_since && now - *state.there_since >= state.patience;
}

// The first that is there. One that is on air leaves it for a better one only when that has proved
// to last; the slate leaves it at once.
std::optional<std::size_t> InputSwitch::choose(Time now) const {
  bool const on_air = shown_ && states_[*shown_].there_since;
  if (preferred_ && states_[*preferred_].there_since) return preferred_;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    auto const& state = states_[i];
    if (!state.there_since) continue;
    if (!on_air || i == *shown_ || may_return(state, now)) return i;
  }
  return std::nullopt;
}

}  // namespace aegis::agent::control
