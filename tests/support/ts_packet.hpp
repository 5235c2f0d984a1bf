// A counted MPEG-TS packet: 188 bytes that any muxer-agnostic path carries, with a number, a send
// time and a checksum inside, so that the far end can account for every single one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace aegis::test {

inline constexpr std::size_t kTsPacket = 188;
inline constexpr std::size_t kTsPerDatagram = 7;

struct TsMark {
  std::uint64_t number = 0;  // 0, 1, ... in sending order
  Time sent;                 // CLOCK_MONOTONIC of the sending machine
};

// Exactly kTsPacket bytes.
void write_ts_packet(ByteSpan packet, const TsMark& mark);

// None when this is no counted packet, or a damaged one.
std::optional<TsMark> read_ts_packet(ByteView packet);

}  // namespace aegis::test
