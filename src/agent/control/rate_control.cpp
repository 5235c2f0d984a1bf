#include "agent/control/rate_control.hpp"

#include <algorithm>
#include <cmath>

namespace aegis::agent::control {
namespace {

// Of the latency. With more than the first waiting, the backlog is drained, and with less than half
// of that nothing is in the way; beyond the last it is hardly in time any more.
constexpr double kBusyShare = 0.12, kLateShare = 0.4;
constexpr Duration kLeastBusy = 60ms, kMostBusy = 250ms;
constexpr double kDrainShare = 0.35;  // in which the excess is to be gone
constexpr double kLeastKept = 0.3;    // of the capacity, however much is to be drained
constexpr double kGrowth = 0.25;      // a second
constexpr double kBeyond = 1.1;       // of what the links have shown
constexpr double kSafe = 0.9;         // of the forecast: taken without trying
constexpr Duration kMostStep = 250ms;

double bits(BitRate rate) {
  return static_cast<double>(rate.bits_per_second());
}

}  // namespace

const char* to_string(RateReason reason) {
  switch (reason) {
    case RateReason::kGrow:
      return "grow";
    case RateReason::kHold:
      return "hold";
    case RateReason::kDrain:
      return "drain";
    case RateReason::kEmergency:
      return "emergency";
    case RateReason::kNoLink:
      return "no link";
  }
  return "unknown";
}

RateControl::RateControl(RateBounds bounds, BitRate start)
    : bounds_(bounds), target_(bits(std::clamp(start, bounds.least, bounds.most))) {}

RateDecision RateControl::step(const RateInputs& in, Time now) {
  Duration const passed = last_ ? std::min(now - *last_, kMostStep) : Duration::zero();
  last_ = now;
  RateReason const reason = follow(in, passed);
  target_ = std::clamp(target_, bits(bounds_.least), bits(bounds_.most));
  return {BitRate(static_cast<std::int64_t>(target_)), reason};
}

RateReason RateControl::follow(const RateInputs& in, Duration passed) {
  double const capacity = bits(in.capacity);
  double const latency = to_seconds(in.latency), backlog = to_seconds(in.backlog);
  double const busy =
      std::clamp(kBusyShare * latency, to_seconds(kLeastBusy), to_seconds(kMostBusy));
  double const free = busy / 2;
  if (capacity <= 0) return target_ = 0, RateReason::kNoLink;
  if (backlog > busy) {
    double const excess = (backlog - free) / (kDrainShare * latency);
    target_ = std::min(target_, capacity * std::max(kLeastKept, 1 - excess));
    return backlog > kLateShare * latency ? RateReason::kEmergency : RateReason::kDrain;
  }
  if (backlog >= free) return target_ = std::min(target_, capacity), RateReason::kHold;
  double const grown = target_ * std::exp(kGrowth * to_seconds(passed));
  target_ = std::max({std::min(grown, kBeyond * capacity), std::min(target_, capacity),
                      kSafe * bits(in.deliverable)});
  return RateReason::kGrow;
}

}  // namespace aegis::agent::control
