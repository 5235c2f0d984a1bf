// Takes a fuzzer's bytes apart. When they are used up, every further read gives zero or nothing.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "common/base/bytes.hpp"

namespace aegis::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const std::byte*>(data), size) {}

  bool empty() const { return left_.empty(); }
  std::uint8_t u8() {
    if (left_.empty()) return 0;
    auto const value = std::to_integer<std::uint8_t>(left_.front());
    left_ = left_.subspan(1);
    return value;
  }
  std::uint16_t u16() {
    auto const high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    auto const high = u16();
    return std::uint32_t{high} << 16 | u16();
  }
  // At most `most` bytes.
  ByteView bytes(std::size_t most) {
    ByteView const taken = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  ByteView rest() { return bytes(left_.size()); }

 private:
  ByteView left_;
};

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What must hold whatever the input is.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace aegis::fuzz
