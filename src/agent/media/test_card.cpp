#include "agent/media/test_card.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <numbers>
#include <string>

#include <fmt/format.h>

#include "agent/media/font.hpp"
#include "agent/media/strip.hpp"

namespace aegis::agent::media {
namespace {

constexpr std::uint8_t kBlack = 16, kWhite = 235;

struct Yuv {
  std::uint8_t y, cb, cr;
};
// 75 % bars: grey, yellow, cyan, green, magenta, red, blue, black.
constexpr std::array<Yuv, 8> kBars = {{{180, 128, 128},
                                       {162, 44, 142},
                                       {131, 156, 44},
                                       {112, 72, 58},
                                       {84, 184, 198},
                                       {65, 100, 212},
                                       {35, 212, 114},
                                       {16, 128, 128}}};

void fill_rect(Picture& picture, int x, int y, int width, int height, Yuv colour) {
  int const right = std::min(x + width, picture.width()),
            bottom = std::min(y + height, picture.height());
  if (x < 0 || y < 0 || x >= right) return;
  for (int row = y; row < bottom; ++row) {
    std::memset(picture.luma() + row * picture.luma_stride() + x, colour.y,
                static_cast<std::size_t>(right - x));
  }
  for (int row = y / 2; row < bottom / 2; ++row) {
    auto const at = row * picture.chroma_stride() + x / 2;
    auto const count = static_cast<std::size_t>((right - x) / 2);
    std::memset(picture.cb() + at, colour.cb, count);
    std::memset(picture.cr() + at, colour.cr, count);
  }
}

std::string clock_text(WallTime at) {
  auto const micros = at.time_since_epoch().count();
  std::time_t const seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03} UTC", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     micros / 1000 % 1000);
}

// Media time of a frame within its second, in thousandths.
std::uint64_t phase_ms(const VideoFormat& format, std::uint64_t frame) {
  auto const num = static_cast<std::uint64_t>(format.fps_num);
  return frame * 1000 * static_cast<std::uint64_t>(format.fps_den) / num % 1000;
}

}  // namespace

void draw_text(Picture& picture, int x, int y, int scale, std::string_view text, std::uint8_t luma,
               std::uint8_t ground) {
  int const count = static_cast<int>(text.size());
  fill_rect(picture, x, y, (count * kGlyphAdvance + 1) * scale, (kGlyphHeight + 2) * scale,
            {ground, 128, 128});
  for (int i = 0; i < count; ++i) {
    auto const& rows = glyph(text[static_cast<std::size_t>(i)]);
    for (int dot = 0; dot < kGlyphWidth * kGlyphHeight; ++dot) {
      int const column = dot % kGlyphWidth, row = dot / kGlyphWidth;
      if ((rows[static_cast<std::size_t>(row)] >> (kGlyphWidth - 1 - column) & 1) == 0) continue;
      fill_rect(picture, x + (1 + i * kGlyphAdvance + column) * scale, y + (1 + row) * scale, scale,
                scale, {luma, 128, 128});
    }
  }
}

TestCard::TestCard(const VideoFormat& format)
    : format_(format),
      background_(format.width, format.height),
      picture_(format.width, format.height) {
  paint_background();
}

void TestCard::paint_background() {
  int const bars = static_cast<int>(kBars.size());
  for (int i = 0; i < bars; ++i) {
    int const left = i * format_.width / bars / 2 * 2,
              right = (i + 1) * format_.width / bars / 2 * 2;
    fill_rect(background_, left, 0, right - left, format_.height,
              kBars[static_cast<std::size_t>(i)]);
  }
  int const band = format_.height / 4 / 2 * 2;
  fill_rect(background_, 0, format_.height - band, format_.width, band, {kBlack, 128, 128});
}

const Picture& TestCard::draw(std::uint64_t frame, WallTime captured) {
  picture_ = background_;
  draw_grain();
  draw_moving_bar(frame);
  draw_flash(phase_ms(format_, frame) < 100);
  int const scale = std::max(2, format_.height / 180 / 2 * 2);
  int const left = format_.width / 32 / 2 * 2, top = format_.height * 4 / 5 / 2 * 2;
  int const line = (kGlyphHeight + 3) * scale / 2 * 2;
  draw_text(picture_, left, top, scale, clock_text(captured), kWhite);
  draw_text(picture_, left, top + line, scale, fmt::format("FRAME {:08}", frame), kWhite);
  draw_strip(picture_, make_mark(frame, captured));
  return picture_;
}

void TestCard::draw_moving_bar(std::uint64_t frame) {
  int const width = format_.width / 16 / 2 * 2, height = format_.height / 6 / 2 * 2;
  // Crosses the picture in four seconds, so that a stuck player shows at a glance.
  auto const period =
      static_cast<std::uint64_t>(std::max(1, 4 * format_.fps_num / format_.fps_den));
  auto const span = static_cast<std::uint64_t>(format_.width - width);
  int const x = static_cast<int>(span * (frame % period) / period) / 2 * 2;
  fill_rect(picture_, x, format_.height / 2 / 2 * 2, width, height, {kWhite, 90, 160});
}

void TestCard::draw_grain() {
  int const top = format_.height / 6, bottom = format_.height * 2 / 5;
  std::size_t const width = static_cast<std::size_t>(format_.width) / 8 * 8;
  for (int y = top; y < bottom; ++y) {
    std::uint8_t* row = picture_.luma() + y * picture_.luma_stride();
    for (std::size_t x = 0; x < width; x += 8) {
      noise_ ^= noise_ << 13, noise_ ^= noise_ >> 7, noise_ ^= noise_ << 17;
      // Five bits each, so that black stays legal and coarse quantisers remove all of it.
      std::uint64_t const grain = noise_ & 0x1f1f1f1f1f1f1f1full;
      std::uint64_t eight = 0;
      std::memcpy(&eight, row + x, 8);
      eight += grain;
      std::memcpy(row + x, &eight, 8);
    }
  }
}

void TestCard::draw_flash(bool lit) {
  int const side = format_.height / 6 / 2 * 2;
  fill_rect(picture_, format_.width - side - side / 4 / 2 * 2,
            format_.height - side - side / 4 / 2 * 2, side, side,
            lit ? Yuv{kWhite, 128, 128} : Yuv{60, 128, 128});
}

void TestTone::fill(std::uint64_t first, std::span<float> interleaved) const {
  constexpr double kStep = 2 * std::numbers::pi / kRate;
  for (std::size_t i = 0; i + 1 < interleaved.size(); i += 2) {
    auto const in_second = static_cast<double>((first + i / 2) % kRate);
    bool const beep = in_second < kRate / 10.0;
    double const value =
        beep ? 0.25 * std::sin(in_second * kStep * 1000) : 0.03 * std::sin(in_second * kStep * 440);
    interleaved[i] = interleaved[i + 1] = static_cast<float>(value);
  }
}

}  // namespace aegis::agent::media
