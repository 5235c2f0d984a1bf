// How old SRT's data packets are, by the timestamps that their sender gave them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond {

// The sender's clock and ours have nothing in common, so a packet's age is what it has taken beyond
// the quickest so far; never negative. A link that has been too slow for minutes must not pass for
// quick, so the quickest is not forgotten, but for as much as clocks may drift apart. A
// retransmission has the timestamp of its original. Timestamps wrap (SRT draft, section 3.1:
// microseconds, 32 bits).
class PacketAge {
 public:
  Duration of(ByteView packet, Time now) {
    auto const here_us = static_cast<std::uint32_t>(now.time_since_epoch().count());
    std::uint32_t const transit_us = here_us - srt::timestamp_us(packet);
    if (!known_) {
      known_ = true;
      quickest_us_ = transit_us;
    }
    Duration const age(static_cast<std::int32_t>(transit_us - quickest_us_));
    Duration const drift = std::min((now - last_) / kDriftShare, std::max(age, Duration::zero()));
    quickest_us_ += static_cast<std::uint32_t>(std::min(age, drift).count());
    last_ = now;
    return std::max(age, Duration::zero());
  }
  // Another SRT connection: its clock begins anew.
  void reset() { known_ = false; }

 private:
  static constexpr int kDriftShare = 5000;  // 200 ppm: two quartzes at their worst

  bool known_ = false;
  std::uint32_t quickest_us_ = 0;
  Time last_{};
};

}  // namespace aegis::bond
