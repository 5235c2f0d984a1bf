// A text as a QR code (ISO/IEC 18004): for a terminal, and as a picture.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/secret.hpp"

namespace aegis::cli {

class QrCode {
 public:
  // Of at most 1000 bytes; nothing when there are more, or no memory.
  static std::optional<QrCode> of(const crypto::Secret& text);

  // Two rows of modules in a line of half blocks, with a quiet zone of four. With `colour` it is
  // black on white whatever the terminal's own colours are; without, it is right on a dark ground,
  // and inverted, which phones read, too, on a light one.
  std::string text(bool colour) const;
  // A PNG, 8 pixels a module; empty when there is no memory.
  std::string png() const;
  // Modules a side, without the quiet zone.
  std::size_t size() const { return size_; }
  // Anything outside is light.
  bool is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const;

 private:
  QrCode(std::size_t size, std::vector<bool> dark) : size_(size), dark_(std::move(dark)) {}

  std::size_t size_;
  std::vector<bool> dark_;  // row by row
};

}  // namespace aegis::cli
