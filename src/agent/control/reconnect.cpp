#include "agent/control/reconnect.hpp"

#include <algorithm>
#include <array>

namespace aegis::agent::control {
namespace {

constexpr std::array<Duration, 6> kDelays = {0ms, 500ms, 1s, 2s, 4s, 5s};
constexpr Duration kShortestDeath = 3s;

// libsrt's own codes and those of SRT access control.
constexpr int kBadSecret = 10, kUnsecure = 11, kUnauthorized = 1401, kForbidden = 1403,
              kNotFound = 1404, kBadMode = 1405;  // such as a play key that publishes

}  // namespace

Duration Backoff::next(std::uint32_t random) {
  Duration const delay = kDelays[std::min(attempt_++, kDelays.size() - 1)];
  // 80 ... 120 %
  auto const permille = 800 + static_cast<std::int64_t>(random % 401);
  return delay * permille / 1000;
}

AckWatchdog::AckWatchdog(Duration latency)
    : limit_(std::max<Duration>(kShortestDeath, latency + 1s)) {}

void AckWatchdog::sample(std::int64_t sent, std::int64_t dropped, std::int64_t unacknowledged,
                         Time now) {
  std::int64_t const acknowledged = sent - dropped - unacknowledged;
  bool const progress = acknowledged > acknowledged_;
  acknowledged_ = std::max(acknowledged_, acknowledged);
  if (unacknowledged == 0) {
    waiting_since_.reset();
  } else if (progress || !waiting_since_) {
    waiting_since_ = now;
  }
}

Duration AckWatchdog::stalled(Time now) const {
  return waiting_since_ ? std::max<Duration>(0us, now - *waiting_since_) : Duration{};
}

bool AckWatchdog::dead(Time now) const {
  return stalled(now) > limit_;
}

RejectMeaning meaning_of_reject(int code) {
  switch (code) {
    case kBadSecret:
    case kUnsecure:
    case kUnauthorized:
    case kForbidden:
    case kNotFound:
    case kBadMode:
      return RejectMeaning::kWrongKey;
    default:
      return RejectMeaning::kBusy;
  }
}

}  // namespace aegis::agent::control
