// Joins the MPEG-TS of one connection to that of the next, so that players go on.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace aegis::relay {

// After a new connection continuity counters and the clock begin anew. ISO/IEC 13818-1, 2.4.3.4,
// has a way to say so: before the first packet of each PID goes one without payload that has the
// discontinuity_indicator set. What the new connection brings of a unit (PES packet, section)
// whose beginning nobody got is left out, lest demultiplexers take it for the rest of the one that
// the old connection left unfinished.
class TsSplice {
 public:
  // From here on packets are of another connection.
  void begin(Time now);

  // What players are to have of `payload`, in order: one SRT packet's whole TS packets. Anything
  // else is passed on as it is. Valid until the next call.
  ByteView pass(ByteView payload, Time now);

 private:
  static constexpr std::size_t kTsPacket = 188;
  static constexpr std::size_t kPids = 8192;
  static constexpr std::size_t kMostPackets = 7;

  void pass_packet(ByteView packet);
  void announce(std::size_t pid, unsigned counter);

  std::bitset<kPids> has_units_;  // units have begun on it
  std::bitset<kPids> joined_;     // it goes on since the last begin()
  Time until_ = Time::min();      // PIDs that come later than this are new ones
  std::array<std::byte, 2 * kMostPackets * kTsPacket> out_;
  std::size_t size_ = 0;  // of what stands in out_
};

}  // namespace aegis::relay
