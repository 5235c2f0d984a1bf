#include "agent/media/slate.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "agent/media/font.hpp"
#include "agent/media/media_reader.hpp"
#include "agent/media/test_card.hpp"
#include "common/os/log.hpp"

namespace aegis::agent::media {
namespace {

constexpr std::uint8_t kGround = 32, kBright = 200, kDim = 120;

int text_width(std::string_view text, int scale) {
  return (static_cast<int>(text.size()) * kGlyphAdvance + 1) * scale;
}

// In the middle of the picture, `y` from its top.
void draw_centred(Picture& picture, int y, int scale, std::string_view text, std::uint8_t luma) {
  int const x = std::max(0, (picture.width() - text_width(text, scale)) / 4 * 2);
  draw_text(picture, x, y / 2 * 2, scale, text, luma, kGround);
}

}  // namespace

Result<Slate> Slate::open(const std::string& file) {
  Slate slate(file);
  if (Status loaded = slate.load(VideoFormat{}); !loaded) return loaded.error();
  return slate;
}

Status Slate::load(const VideoFormat& format) {
  format_ = format;
  background_ = Picture(format.width, format.height);
  background_.blacken();
  second_ = -1;
  if (file_.empty()) {
    draw_card();
    return success();
  }
  auto reader = MediaReader::open({.name = file_, .url = "file:" + file_}, {});
  if (!reader) return reader.error();
  auto const media = (*reader)->next();
  if (!media) return media.error();
  if (media->kind != MediaReader::Media::Kind::kPicture)
    return Error{ErrorKind::kBadInput, fmt::format("no picture in {}", file_),
                 "it cannot be decoded", "give a PNG or JPEG file"};
  (*reader)->draw(background_, format);
  return success();
}

// Says nothing of what is wrong: strangers look at it.
void Slate::draw_card() {
  std::fill_n(background_.luma(), background_.width() * background_.height(), kGround);
  int const scale = std::max(2, format_.width / 160 / 2 * 2);
  int const middle = format_.height / 2;
  draw_centred(background_, middle - kGlyphHeight * scale - scale, scale, "STAND BY", kBright);
  draw_centred(background_, middle + 2 * scale, std::max(2, scale / 4 * 2),
               "THE PICTURE WILL BE BACK", kDim);
}

const Picture& Slate::draw(const VideoFormat& format, Duration shown) {
  if (format != format_) {
    if (Status loaded = load(format); !loaded) os::log::error(loaded.error());
  }
  std::int64_t const second = shown / 1s;
  if (second == second_) return picture_;
  second_ = second;
  picture_ = background_;
  if (!file_.empty()) return picture_;
  int const scale = std::max(2, format.width / 320 / 2 * 2);
  draw_centred(picture_, format.height * 3 / 4, scale,
               fmt::format("{}:{:02}", second / 60, second % 60), kDim);
  return picture_;
}

}  // namespace aegis::agent::media
