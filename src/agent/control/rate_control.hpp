// The encoder's bit rate: follows what the bond can deliver. Pure: a step of it is given what the
// bond says and the time.
//
// Method: the latency is a buffer, and the backlog (what waits, as the time that it takes to drain)
// says how full it is. While there is none the encoder, not the network, limits the rate, the
// links' rates are only lower bounds, and the target grows to a little above them, so that they can
// show more. Once there is one the links are busy and their rates are true: the target is what they
// carry less what drains the excess within a part of the latency. Loss alone is not congestion: the
// bond mends it.
#pragma once

#include <optional>

#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::agent::control {

struct RateBounds {
  BitRate least, most;
};

// What a step is told. Rates are of media.
struct RateInputs {
  BitRate capacity;     // what the links carry now, as far as is known
  BitRate deliverable;  // what gets through within the latency with 95 % confidence
  Duration backlog{};   // what waits in the bond and the links takes so long to drain
  Duration latency{};   // of SRT
};

enum class RateReason {
  kGrow,       // nothing waits: there may be room for more
  kHold,       // the backlog is where it may be
  kDrain,      // too much waits
  kEmergency,  // so much waits that it will be too late
  kNoLink,     // nothing can be carried
};
const char* to_string(RateReason reason);

struct RateDecision {
  BitRate target;
  RateReason reason{};
};

class RateControl {
 public:
  RateControl(RateBounds bounds, BitRate start);

  // To be called about every 50 to 100 ms; what it does depends on the time that passed, not on the
  // number of calls.
  RateDecision step(const RateInputs& inputs, Time now);

 private:
  RateReason follow(const RateInputs& inputs, Duration passed);

  RateBounds bounds_;
  double target_;  // bits a second
  std::optional<Time> last_;
};

}  // namespace aegis::agent::control
