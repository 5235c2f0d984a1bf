#include "agent/media/test_card.hpp"

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "agent/media/strip.hpp"

namespace aegis::agent::media {
namespace {

WallTime at_wall(std::int64_t micros) {
  return WallTime(Duration(micros));
}

std::span<const std::uint8_t> luma(const Picture& picture) {
  return {picture.luma(), static_cast<std::size_t>(picture.width() * picture.height())};
}

std::optional<StripMark> read(const Picture& picture) {
  return read_strip(luma(picture), picture.width(), picture.height(),
                    static_cast<std::size_t>(picture.luma_stride()));
}

}  // namespace

TEST_CASE("the strip says which frame it is and when it was drawn") {
  auto const [width, height] =
      GENERATE(table<int, int>({{1280, 720}, {640, 360}, {1920, 1080}, {854, 480}}));
  TestCard card({.width = width, .height = height});
  WallTime const captured = at_wall(1'795'401'196'123'456);
  for (std::uint64_t frame : {0ull, 1ull, 29ull, 0xfffffull, 0x100005ull}) {
    auto const mark = read(card.draw(frame, captured));
    REQUIRE(mark);
    CHECK(mark->frame == (frame & kStripFrameMask));
    CHECK(capture_time(*mark, captured + 800ms) == captured);
    CHECK(capture_time(*mark, captured - 3ms) == captured);
  }
}

TEST_CASE("a strip with one block wrong is not believed") {
  TestCard card({.width = 1280, .height = 720});
  Picture const good = card.draw(1234, at_wall(1'795'401'196'123'456));
  REQUIRE(read(good));
  for (int block = 0; block < kStripBlocks; ++block) {
    Picture bad = good;
    for (int y = 0; y < strip_height(720); ++y) {
      std::uint8_t* row = bad.luma() + y * bad.luma_stride() + block * 20;
      for (int x = 0; x < 20; ++x) row[x] = static_cast<std::uint8_t>(251 - row[x]);
    }
    CHECK_FALSE(read(bad));
  }
}

TEST_CASE("a picture without a strip is not read as one") {
  Picture grey(1280, 720);
  CHECK_FALSE(read(grey));
  Picture narrow(320, 180);
  draw_strip(narrow, {});
  CHECK_FALSE(read(narrow));
}

TEST_CASE("the capture time is found across a wrap of its low bits") {
  std::int64_t const wrap = (std::int64_t{1} << 32) * 400'000;
  StripMark const mark = make_mark(7, at_wall(wrap - 10));
  CHECK(capture_time(mark, at_wall(wrap + 500'000)) == at_wall(wrap - 10));
}

TEST_CASE("the card moves, and flashes in the first tenth of each second") {
  VideoFormat const format{.width = 640, .height = 360};
  TestCard card(format);
  auto const brightness_of_flash = [&](std::uint64_t frame) {
    Picture const& picture = card.draw(frame, at_wall(0));
    return picture.luma()[(360 - 30) * picture.luma_stride() + 640 - 30];
  };
  CHECK(brightness_of_flash(0) > 200);
  CHECK(brightness_of_flash(2) > 200);
  CHECK(brightness_of_flash(3) < 100);
  CHECK(brightness_of_flash(29) < 100);
  CHECK(brightness_of_flash(30) > 200);

  Picture const first = card.draw(3, at_wall(0));
  Picture const later = card.draw(13, at_wall(0));
  auto const row = 190 * first.luma_stride();
  CHECK_FALSE(std::equal(first.luma() + row, first.luma() + row + 640, later.luma() + row));
}

TEST_CASE("text is drawn dot by dot and stays inside the picture") {
  Picture picture(64, 32);
  draw_text(picture, 50, 20, 2, "1:9", 235);  // most of it is clipped
  draw_text(picture, 0, 0, 1, "1", 235);
  // The digit one: its top row is a single dot in the middle column.
  CHECK(picture.luma()[1 * 64 + 1 + 2] == 235);
  CHECK(picture.luma()[1 * 64 + 1 + 0] == 16);
  CHECK(picture.luma()[7 * 64 + 1 + 3] == 235);
}

TEST_CASE("the beep lasts the first tenth of each second") {
  std::vector<float> second(2 * TestTone::kRate);
  TestTone{}.fill(3 * TestTone::kRate, second);
  auto const loudest = [&](int from_ms, int to_ms) {
    float peak = 0;
    for (int i = from_ms * 48; i < to_ms * 48; ++i)
      peak = std::max(peak, std::abs(second[static_cast<std::size_t>(2 * i)]));
    return peak;
  };
  CHECK(loudest(0, 100) > 0.2f);
  CHECK(loudest(100, 1000) < 0.05f);
  CHECK(loudest(100, 1000) > 0.02f);
}

}  // namespace aegis::agent::media
