// `--input rtmp://`: listens for the one publisher that has the key, and hands out what it sends.
#pragma once

#include <memory>

#include "agent/media/byte_stream.hpp"
#include "agent/media/input_spec.hpp"

namespace aegis::agent::media {

// Listens from now on for as long as it lives. One thread.
class RtmpServer {
 public:
  // Errors: kConfiguration for an address of other hosts without a key, kBadInput for one that is
  // not to be had.
  static Result<std::shared_ptr<RtmpServer>> listen(const InputSpec& spec);
  virtual ~RtmpServer() = default;

  // The next publisher's FLV, from its beginning to its end.
  virtual std::unique_ptr<ByteStream> next_publisher() = 0;
};

}  // namespace aegis::agent::media
