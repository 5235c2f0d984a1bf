#include "agent/media/strip.hpp"

#include <algorithm>
#include <cstring>

namespace aegis::agent::media {
namespace {

constexpr std::uint64_t kSync = 0b1010;
constexpr std::uint8_t kBlack = 16, kWhite = 235, kNeutral = 128;
// Means between these are neither: the picture was damaged, or carries no strip.
constexpr unsigned kDarkest = 96, kBrightest = 155;

std::uint8_t crc8(std::uint64_t bits56) {
  std::uint8_t crc = 0xff;
  for (int shift = 48; shift >= 0; shift -= 8) {
    crc ^= static_cast<std::uint8_t>(bits56 >> shift);
    for (int i = 0; i < 8; ++i) {
      crc = static_cast<std::uint8_t>((crc & 0x80) != 0 ? (crc << 1) ^ 0x07 : crc << 1);
    }
  }
  return crc;
}

std::uint64_t to_bits(const StripMark& mark) {
  std::uint64_t const head = (kSync << 52) | (std::uint64_t{mark.frame & kStripFrameMask} << 32) |
                             std::uint64_t{mark.time_us};
  return (head << 8) | crc8(head);
}

// Mean of the inner part of a block: its edges bleed into the neighbours when coded coarsely.
unsigned block_mean(std::span<const std::uint8_t> luma, std::size_t stride, int left, int right,
                    int rows) {
  int const inset = std::max(1, (right - left) / 4);
  unsigned sum = 0, count = 0;
  for (int y = rows / 4; y < rows - rows / 4; ++y) {
    for (int x = left + inset; x < right - inset; ++x) {
      sum += luma[static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x)];
      ++count;
    }
  }
  return count == 0 ? (kDarkest + kBrightest) / 2 : sum / count;
}

}  // namespace

int strip_height(int picture_height) {
  return std::max(16, picture_height / 24 / 2 * 2);
}

StripMark make_mark(std::uint64_t frame, WallTime captured) {
  return {static_cast<std::uint32_t>(frame & kStripFrameMask),
          static_cast<std::uint32_t>(captured.time_since_epoch().count())};
}

void draw_strip(Picture& picture, const StripMark& mark) {
  if (picture.width() < kStripMinWidth) return;
  std::uint64_t const bits = to_bits(mark);
  int const rows = strip_height(picture.height());
  for (int block = 0; block < kStripBlocks; ++block) {
    int const left = block * picture.width() / kStripBlocks;
    int const right = (block + 1) * picture.width() / kStripBlocks;
    bool const one = ((bits >> (kStripBlocks - 1 - block)) & 1) != 0;
    std::memset(picture.luma() + left, one ? kWhite : kBlack,
                static_cast<std::size_t>(right - left));
  }
  auto const stride = static_cast<std::size_t>(picture.luma_stride());
  for (int y = 1; y < rows; ++y) {
    std::memcpy(picture.luma() + static_cast<std::size_t>(y) * stride, picture.luma(), stride);
  }
  std::size_t const chroma =
      static_cast<std::size_t>(picture.chroma_stride()) * static_cast<std::size_t>(rows / 2);
  std::memset(picture.cb(), kNeutral, chroma);
  std::memset(picture.cr(), kNeutral, chroma);
}

std::optional<StripMark> read_strip(std::span<const std::uint8_t> luma, int width, int height,
                                    std::size_t stride) {
  int const rows = strip_height(height);
  if (width < 2 * kStripBlocks || height < rows || stride < static_cast<std::size_t>(width) ||
      luma.size() < stride * static_cast<std::size_t>(rows)) {
    return std::nullopt;
  }
  std::uint64_t bits = 0;
  for (int block = 0; block < kStripBlocks; ++block) {
    unsigned const mean = block_mean(luma, stride, block * width / kStripBlocks,
                                     (block + 1) * width / kStripBlocks, rows);
    if (mean > kDarkest && mean < kBrightest) return std::nullopt;
    bits = (bits << 1) | (mean >= kBrightest ? 1u : 0u);
  }
  StripMark const mark{static_cast<std::uint32_t>((bits >> 40) & kStripFrameMask),
                       static_cast<std::uint32_t>(bits >> 8)};
  if (to_bits(mark) != bits) return std::nullopt;
  return mark;
}

WallTime capture_time(const StripMark& mark, WallTime now) {
  auto const low = static_cast<std::uint32_t>(now.time_since_epoch().count());
  return now + Duration(static_cast<std::int32_t>(mark.time_us - low));
}

}  // namespace aegis::agent::media
