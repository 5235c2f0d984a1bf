// SRT packet sequence numbers: 31 bits that wrap. There is no operator<, because order only makes
// sense as a signed distance between two numbers that are near each other.
#pragma once

#include <cstdint>

namespace aegis {

// An SRT sequence number (draft-sharabayko-srt section 3.1), 0 ... 2^31-1.
class SeqNo {
 public:
  static constexpr std::uint32_t kMask = 0x7fffffff;

  constexpr SeqNo() = default;
  constexpr explicit SeqNo(std::uint32_t value) : value_(value & kMask) {}

  constexpr std::uint32_t value() const { return value_; }
  constexpr SeqNo next() const { return SeqNo(value_ + 1); }
  constexpr SeqNo plus(std::int32_t offset) const {
    return SeqNo(value_ + static_cast<std::uint32_t>(offset));
  }
  friend constexpr bool operator==(SeqNo, SeqNo) = default;

 private:
  std::uint32_t value_ = 0;
};

// How far `to` lies after `from` (negative: before), in -2^30 ... 2^30-1.
constexpr std::int32_t distance(SeqNo from, SeqNo to) {
  std::uint32_t const ahead = (to.value() - from.value()) & SeqNo::kMask;
  return ahead < 0x40000000u
             ? static_cast<std::int32_t>(ahead)
             : static_cast<std::int32_t>(ahead) - static_cast<std::int32_t>(SeqNo::kMask) - 1;
}

constexpr bool is_before(SeqNo a, SeqNo b) {
  return distance(a, b) > 0;
}

}  // namespace aegis
