// Decodes what the agent made, with FFmpeg itself, for tests to look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/media/chunk_queue.hpp"
#include "agent/media/strip.hpp"

namespace aegis::agent::media::test {

struct DecodedPicture {
  std::int64_t pts = 0;  // 90 kHz
  bool key_frame = false;
  std::optional<StripMark> mark;
};

struct Decoded {
  std::vector<DecodedPicture> pictures;
  std::vector<std::int64_t> audio_pts;  // 90 kHz, one for each frame
  std::vector<float> audio;             // first channel
  int width = 0, height = 0;
  int errors = 0, video_errors = 0;  // all; those of the picture
};

// Decodes a whole transport stream held in memory.
Decoded decode_ts(const std::vector<std::byte>& stream);

std::vector<std::byte> joined(const std::vector<TsChunk>& chunks);

}  // namespace aegis::agent::media::test
