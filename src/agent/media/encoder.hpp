// Raw pictures and sound to H.264 and AAC. Each encoder belongs to one thread, but for the two
// requests that say otherwise.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/media/av.hpp"
#include "agent/media/picture.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"

namespace aegis::agent::media {

// Takes an encoded packet; its timestamps are in kTsTimeBase ticks. Valid during the call.
using PacketSink = std::function<Status(AVPacket&)>;

class VideoEncoder {
 public:
  // How much media the rate control may bunch up: it is also how fast a new bit rate takes hold.
  static constexpr Duration kVbv = 250ms;
  static constexpr Duration kKeyFrameInterval = 1s;

  // Errors: kConfiguration when this FFmpeg has no encoder `name`, kInternal when it does not open.
  static Result<std::unique_ptr<VideoEncoder>> open(const VideoFormat& format, BitRate rate,
                                                    const std::string& name = "libx264");

  // `at` is the picture's place on the timeline; it grows from call to call.
  Status encode(const Picture& picture, Duration at, const PacketSink& sink);
  Status finish(const PacketSink& sink);  // hands out what is still inside
  // Starts anew for pictures of another format; the next one is a key frame.
  Status change_format(const VideoFormat& format, const PacketSink& sink);

  // Thread-safe; both take effect with the next picture.
  void set_bit_rate(BitRate rate) { wanted_bps_ = rate.bits_per_second(); }
  void request_key_frame() { key_frame_wanted_ = true; }

  const AVCodecContext& context() const { return *context_; }

 private:
  VideoEncoder(AvCodec context, AvFrame frame, BitRate rate);
  void apply_bit_rate();
  Status drain(const PacketSink& sink);

  AvCodec context_;
  AvFrame frame_;
  AvPacket packet_;
  std::atomic<std::int64_t> wanted_bps_;
  std::atomic<bool> key_frame_wanted_{false};
};

class AudioEncoder {
 public:
  static constexpr int kRate = 48000;
  static constexpr int kChannels = 2;
  // A jump of the timeline larger than this is filled with silence, or cut.
  static constexpr Duration kJump = 60ms;

  static Result<std::unique_ptr<AudioEncoder>> open(BitRate rate);

  // Interleaved stereo at kRate, whose first sample belongs at `at`. Timestamps of what comes out
  // count samples, so they are gapless whatever `at` does.
  Status encode(std::span<const float> interleaved, Duration at, const PacketSink& sink);
  Status finish(const PacketSink& sink);

  const AVCodecContext& context() const { return *context_; }

 private:
  AudioEncoder(AvCodec context, AvFrame frame);
  void align(std::span<const float>& interleaved, Duration at);
  Status encode_full_frames(const PacketSink& sink);
  Status drain(const PacketSink& sink);

  AvCodec context_;
  AvFrame frame_;
  AvPacket packet_;
  std::vector<float> pending_;  // interleaved, less than a frame between calls
  std::optional<Duration> start_;
  std::int64_t samples_in_ = 0, samples_out_ = 0;
};

}  // namespace aegis::agent::media
