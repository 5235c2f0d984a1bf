// `--input srt://`: MPEG-TS by SRT, from a host that is called or from whoever calls with the key.
#pragma once

#include <memory>

#include "agent/media/byte_stream.hpp"
#include "agent/media/input_spec.hpp"

namespace aegis::agent::media {

// For as long as it lives it listens, where it is to. One thread.
class SrtInput {
 public:
  // srt://HOST:PORT?streamid=..&latency=..&mode=caller|listener; without a host it listens. The key
  // is the passphrase. Errors: kUsage; kConfiguration for a listener that anybody could reach.
  static Result<std::shared_ptr<SrtInput>> open(const InputSpec& spec);
  virtual ~SrtInput() = default;

  // The next connection. Waits for it, and leaves within 100 ms of a stop.
  virtual Result<std::unique_ptr<ByteStream>> connect(const std::stop_token& stop) = 0;
};

}  // namespace aegis::agent::media
