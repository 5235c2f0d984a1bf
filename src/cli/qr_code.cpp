#include "cli/qr_code.hpp"

#include <memory>

#include <png.h>
#include <qrencode.h>

namespace aegis::cli {
namespace {

constexpr std::ptrdiff_t kQuiet = 4;
constexpr std::ptrdiff_t kPixels = 8;
constexpr std::size_t kMaxText = 1000;
constexpr const char* kBlackOnWhite = "\033[38;5;16;48;5;231m";

}  // namespace

std::optional<QrCode> QrCode::of(const crypto::Secret& text) {
  if (text.size() > kMaxText) return std::nullopt;
  std::unique_ptr<QRcode, void (*)(QRcode*)> const made(
      QRcode_encodeData(static_cast<int>(text.size()),
                        reinterpret_cast<const unsigned char*>(text.expose().data()), 0,
                        QR_ECLEVEL_M),
      QRcode_free);
  if (!made) return std::nullopt;
  auto const size = static_cast<std::size_t>(made->width);
  std::vector<bool> dark(size * size);
  for (std::size_t i = 0; i < dark.size(); ++i) dark[i] = (made->data[i] & 1) != 0;
  return QrCode(size, std::move(dark));
}

bool QrCode::is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const {
  auto const size = static_cast<std::ptrdiff_t>(size_);
  if (row < 0 || column < 0 || row >= size || column >= size) return false;
  return dark_[static_cast<std::size_t>(row * size + column)];
}

std::string QrCode::text(bool colour) const {
  static constexpr const char* kBlocks[] = {" ", "▄", "▀", "█"};
  auto const end = static_cast<std::ptrdiff_t>(size_) + kQuiet;
  std::string out;
  for (std::ptrdiff_t row = -kQuiet; row < end; row += 2) {
    if (colour) out += kBlackOnWhite;
    for (std::ptrdiff_t column = -kQuiet; column < end; ++column) {
      // What is drawn is what the ground is not.
      bool const upper = is_dark(row, column) == colour;
      bool const lower = is_dark(row + 1, column) == colour;
      out += kBlocks[(upper ? 2 : 0) + (lower ? 1 : 0)];
    }
    out += colour ? "\033[0m\n" : "\n";
  }
  return out;
}

std::string QrCode::png() const {
  auto const side = (static_cast<std::ptrdiff_t>(size_) + 2 * kQuiet) * kPixels;
  std::vector<unsigned char> pixels;
  pixels.reserve(static_cast<std::size_t>(side * side));
  for (std::ptrdiff_t y = 0; y < side; ++y)
    for (std::ptrdiff_t x = 0; x < side; ++x)
      pixels.push_back(is_dark(y / kPixels - kQuiet, x / kPixels - kQuiet) ? 0 : 255);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string out(bytes, '\0');
  auto const written =
      png_image_write_to_memory(&image, out.data(), &bytes, 0, pixels.data(), 0, nullptr);
  out.resize(written != 0 ? bytes : 0);
  png_image_free(&image);
  return out;
}

}  // namespace aegis::cli
