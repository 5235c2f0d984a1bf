// The test card: what `--input test` shows and plays. Pure drawing: no libav, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/media/picture.hpp"
#include "common/base/time.hpp"

namespace aegis::agent::media {

// Draws colour bars, a moving bar, grain (so that the encoder uses the bit rate it is given), a
// burnt-in UTC clock and frame counter, a flash in the first tenth of each second of media time,
// and the strip of strip.hpp at the very top.
class TestCard {
 public:
  explicit TestCard(const VideoFormat& format);

  // The picture of frame `frame`, drawn at `captured`. The reference is valid until the next call.
  const Picture& draw(std::uint64_t frame, WallTime captured);

 private:
  void paint_background();
  void draw_moving_bar(std::uint64_t frame);
  void draw_grain();
  void draw_flash(bool lit);

  VideoFormat format_;
  Picture background_, picture_;
  std::uint64_t noise_ = 0x9e3779b97f4a7c15ull;
};

// Text in `luma` on `ground`, each dot `scale` pixels wide; clipped at the picture's edge.
void draw_text(Picture& picture, int x, int y, int scale, std::string_view text, std::uint8_t luma,
               std::uint8_t ground = 16);

// The card's sound: a quiet tone of 440 Hz with a beep of 1 kHz in the first tenth of each second,
// the same instants in which the card flashes.
class TestTone {
 public:
  static constexpr int kRate = 48000;
  // Fills interleaved stereo samples that start at sample number `first` of the stream.
  void fill(std::uint64_t first, std::span<float> interleaved) const;
};

}  // namespace aegis::agent::media
