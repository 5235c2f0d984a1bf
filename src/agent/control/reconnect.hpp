// When to call the relay again, and when to give an SRT connection up. Pure: the caller brings time
// and randomness.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::control {

// Waits 0, 0.5, 1, 2, 4, 5, 5, ... s before the attempts, each but the first jittered by 20 % so
// that many rigs do not call a restarted relay in step.
class Backoff {
 public:
  // `random` is a fresh 32-bit number.
  Duration next(std::uint32_t random);
  void reset() { attempt_ = 0; }

 private:
  std::size_t attempt_ = 0;
};

// Knows a dead path before libsrt does (which takes 5 to 20 s): there are packets that wait for
// their ACK, and no ACK has moved for too long. What SRT dropped as too late is no progress.
class AckWatchdog {
 public:
  explicit AckWatchdog(Duration latency);

  // Totals of the connection: packets accepted, those dropped unsent, and those in the send buffer.
  void sample(std::int64_t sent, std::int64_t dropped, std::int64_t unacknowledged, Time now);
  bool dead(Time now) const;
  // How long ACKs have been standing still; zero while nothing waits for one.
  Duration stalled(Time now) const;
  Duration limit() const { return limit_; }

 private:
  Duration limit_;
  std::int64_t acknowledged_ = 0;
  std::optional<Time> waiting_since_;  // of the last progress; none while nothing waits
};

// What a rejected connection calls for.
enum class RejectMeaning {
  kWrongKey,  // stream id or passphrase: no waiting heals it
  kBusy,      // in use, overloaded, locked: it may pass
};
// `code` as os::SrtSocket::reject_code() gives it.
RejectMeaning meaning_of_reject(int code);

}  // namespace aegis::agent::control
