// Copies of one SRT control packet that arrive over several links count once.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/bytes.hpp"

namespace aegis::bond {

// Remembers the last few control packets by a 64-bit digest (FNV-1a). SRT stamps every control
// packet with its time, so two that are alike to the byte are copies.
class ControlDedup {
 public:
  // True the first time this packet is seen.
  bool is_new(ByteView packet) {
    std::uint64_t digest = 0xcbf29ce484222325ull;
    for (std::byte const b : packet) {
      digest ^= std::to_integer<std::uint64_t>(b);
      digest *= 0x100000001b3ull;
    }
    for (std::uint64_t const known : recent_)
      if (known == digest) return false;
    recent_[position_++ % recent_.size()] = digest;
    return true;
  }

 private:
  std::array<std::uint64_t, 64> recent_{};
  std::size_t position_ = 0;
};

}  // namespace aegis::bond
