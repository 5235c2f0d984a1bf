// Bytes as the text that HTTP bodies and URIs are, read from front to back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aegis::pairing {

template <std::size_t size>
std::string as_text(const std::array<std::byte, size>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

// What is not there is nothing, and stays so.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> take(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    auto const taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::optional<std::uint16_t> take_u16() {
    auto const both = take(2);
    if (!both) return std::nullopt;
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>((*both)[at]); };
    return static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
  }
  template <std::size_t size>
  bool fill(std::array<std::byte, size>& out) {
    auto const found = take(size);
    if (!found) return false;
    std::transform(found->begin(), found->end(), out.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    return true;
  }
  std::string_view rest() const { return rest_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace aegis::pairing
