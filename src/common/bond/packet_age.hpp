// How old SRT's data packets are, by the timestamps that their sender gave them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/bond/srt_packet.hpp"
#include "common/bond/window_extreme.hpp"

namespace aegis::bond {

// For the sender's own host: its clock and ours have nothing in common, but what it sends for the
// first time has only just been made. The age of a retransmission, which has the timestamp of its
// original, is what it lags behind the most prompt of these. Timestamps wrap (SRT draft, section
// 3.1: microseconds, 32 bits).
class PacketAge {
 public:
  void on_fresh(ByteView packet, Time now) {
    if (!first_us_) first_us_ = transit_us(packet, now);
    quickest_.add(transit(packet, now), now);
  }
  // Never negative; zero before the first fresh packet.
  Duration of(ByteView packet, Time now) const {
    if (!first_us_) return {};
    return std::max(Duration::zero(), transit(packet, now) - quickest_.get());
  }
  // Another SRT connection: its clock begins anew.
  void reset() { *this = PacketAge(); }

 private:
  // Short: a packet that was stamped ahead of its time makes all others old for so long.
  static constexpr Duration kMemory = 2s;

  static std::uint32_t transit_us(ByteView packet, Time now) {
    return static_cast<std::uint32_t>(now.time_since_epoch().count()) - srt::timestamp_us(packet);
  }
  Duration transit(ByteView packet, Time now) const {
    return Duration(static_cast<std::int32_t>(transit_us(packet, now) - *first_us_));
  }

  std::optional<std::uint32_t> first_us_;  // what transits are counted from
  WindowMin quickest_{kMemory};
};

}  // namespace aegis::bond
