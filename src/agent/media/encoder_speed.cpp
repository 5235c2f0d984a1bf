#include "agent/media/encoder_speed.hpp"

#include "agent/media/encoder.hpp"
#include "agent/media/test_card.hpp"
#include "common/base/defaults.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::media {
namespace {

constexpr std::uint64_t kLeastPictures = 5;

}  // namespace

double wanted_pictures() {
  VideoFormat const format;
  return static_cast<double>(format.fps_num) / format.fps_den;
}

Result<double> measure_encoder(Duration budget) {
  VideoFormat const format;
  auto encoder = VideoEncoder::open(format, defaults::kVideoBitRate);
  if (!encoder) return encoder.error();
  TestCard card(format);
  auto const discard = [](AVPacket&) { return success(); };
  // What draws the picture is not what is measured, but counts against the budget.
  Time const end = os::now() + budget;
  Duration spent{};
  std::uint64_t pictures = 0;
  while (pictures < kLeastPictures || os::now() < end) {
    auto const& picture = card.draw(pictures, os::wall_now());
    auto const at = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(pictures) / wanted_pictures()));
    Time const began = os::now();
    if (auto done = (*encoder)->encode(picture, at, discard); !done) return done.error();
    spent += os::now() - began;
    ++pictures;
  }
  Time const began = os::now();
  if (auto done = (*encoder)->finish(discard); !done) return done.error();
  spent += os::now() - began;
  return static_cast<double>(pictures) / to_seconds(spent);
}

std::vector<std::string> h264_encoders() {
  std::vector<std::string> names;
  void* at = nullptr;
  while (auto const* codec = av_codec_iterate(&at))
    if (codec->id == AV_CODEC_ID_H264 && av_codec_is_encoder(codec) != 0)
      names.emplace_back(codec->name);
  return names;
}

}  // namespace aegis::agent::media
