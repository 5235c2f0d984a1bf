// One encoded programme: raw pictures and sound in, chunks of MPEG-TS out. It joins the encoders
// and the muxer; sources of raw media know nothing else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "agent/media/chunk_queue.hpp"
#include "agent/media/picture.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"

namespace aegis::agent::media {

struct ProgramFormat {
  VideoFormat video;
  bool has_audio = true;
  BitRate video_rate, audio_rate;
};

// One thread, but for set_video_rate() and request_key_frame().
class Program {
 public:
  using Sink = std::function<void(const TsChunk&)>;
  static Result<std::unique_ptr<Program>> open(const ProgramFormat& format, Sink sink);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // `at` counts from the start of the programme and is never negative.
  Status video(const Picture& picture, Duration at);
  // Interleaved stereo, 48 kHz.
  Status audio(std::span<const float> interleaved, Duration at);
  // The pictures that follow have another size or rate; the stream goes on.
  Status change_format(const VideoFormat& format);
  Status finish();

  void set_video_rate(BitRate rate);  // thread-safe
  void request_key_frame();           // thread-safe

 private:
  struct Impl;
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::agent::media
