// Which input is on air, and when it is the slate: a pure function of what the inputs show and the
// time, with as much memory as it needs not to flap between two inputs.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "common/base/time.hpp"

namespace aegis::agent::control {

// One input at one instant.
struct InputView {
  std::optional<Time> last_picture;  // none before the first
  Duration interval{};               // between its pictures; zero while unknown
  bool ended = false;                // it has shown all that it has, for good
};

class InputSwitch {
 public:
  // The input is lost when its next picture is so late. One that has few pictures a second is
  // given the time of three.
  static constexpr Duration kLostAfter = 400ms;
  // An input takes the place of a working one below it when it has been there for so long, twice as
  // long after each return that did not last.
  static constexpr Duration kReturnAfter = 500ms, kLongestReturn = 30s, kLasting = 10s;

  // The inputs in order of preference.
  explicit InputSwitch(std::size_t inputs) : states_(inputs) {}

  // The input to show; none: the slate. To be called for each frame.
  std::optional<std::size_t> step(std::span<const InputView> inputs, Time now);

  // This input goes before all others; none: the order as given.
  void prefer(std::optional<std::size_t> input) { preferred_ = input; }

 private:
  struct State {
    std::optional<Time> there_since;  // none while it is lost
    std::optional<Time> shown_since;  // the last time that it took another's place
    Duration patience = kReturnAfter;
  };
  void observe(State& state, const InputView& input, Time now);
  bool may_return(const State& state, Time now) const;
  std::optional<std::size_t> choose(Time now) const;

  std::vector<State> states_;
  std::optional<std::size_t> shown_, preferred_;
};

// Whether the input's pictures have stopped coming.
bool is_lost(const InputView& input, Time now);

}  // namespace aegis::agent::control
