// Encoded packets to MPEG-TS, cut into chunks of seven packets as SRT's live mode wants them.
#pragma once

#include <functional>
#include <memory>

#include "agent/media/av.hpp"
#include "agent/media/chunk_queue.hpp"
#include "common/base/result.hpp"

namespace aegis::agent::media {

// One thread.
class TsMux {
 public:
  using Sink = std::function<void(const TsChunk&)>;

  // `audio` may be null. Each key frame begins a chunk of its own, tables first, and that chunk is
  // marked as a point where a decoder can start.
  static Result<std::unique_ptr<TsMux>> open(const AVCodecContext& video,
                                             const AVCodecContext* audio, Sink sink);
  ~TsMux();
  TsMux(const TsMux&) = delete;
  TsMux& operator=(const TsMux&) = delete;

  // Timestamps in kTsTimeBase; they grow within each stream.
  Status write_video(AVPacket& packet);
  Status write_audio(AVPacket& packet);
  Status finish();

 private:
  struct Output;
  TsMux(std::unique_ptr<Output> output, bool has_audio);
  Status write(AVPacket& packet, int stream);

  std::unique_ptr<Output> output_;
  bool const has_audio_;
};

}  // namespace aegis::agent::media
