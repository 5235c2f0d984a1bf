// The machine-readable strip at the top of the test card: 64 black or white blocks over the whole
// width that say which frame this is and when it was drawn. A player that decodes it measures
// glass-to-glass latency and finds gaps. Pure: no libav, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/media/picture.hpp"
#include "common/base/time.hpp"

namespace aegis::agent::media {

// Blocks from the left, most significant bit first, white is 1: sync 1010 (4), frame counter (20),
// capture time in microseconds (32), CRC-8 over the three (8).
inline constexpr int kStripBlocks = 64;
inline constexpr std::uint32_t kStripFrameMask = 0xfffff;
inline constexpr int kStripMinWidth = 8 * kStripBlocks;  // narrower pictures carry no strip

struct StripMark {
  std::uint32_t frame = 0;    // modulo 2^20
  std::uint32_t time_us = 0;  // UTC since the epoch, modulo 2^32 (71 minutes)
  friend bool operator==(const StripMark&, const StripMark&) = default;
};

// Height in rows of the strip in a picture of `picture_height` rows; at least 16.
int strip_height(int picture_height);

StripMark make_mark(std::uint64_t frame, WallTime captured);
void draw_strip(Picture& picture, const StripMark& mark);

// Reads the strip off a decoded (possibly scaled) luma plane of `height` rows of `stride` bytes.
// None where a block is neither black nor white, or sync or CRC are wrong.
std::optional<StripMark> read_strip(std::span<const std::uint8_t> luma, int width, int height,
                                    std::size_t stride);

// The full capture time: the one nearest to `now` with these low bits.
WallTime capture_time(const StripMark& mark, WallTime now);

}  // namespace aegis::agent::media
