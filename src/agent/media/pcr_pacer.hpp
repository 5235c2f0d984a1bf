// Holds back a transport stream that comes faster than it plays (a file through a pipe), by its
// programme clock (PCR, ISO/IEC 13818-1 section 2.4.3.5), and lets a live one pass at once. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/media/chunk_queue.hpp"

namespace aegis::agent::media {

class PcrPacer {
 public:
  // How far the stream may be ahead of its clock; a live encoder's bursts stay below it.
  static constexpr Duration kMaxAhead = 250ms;

  // When `chunk` may leave: `now`, or a later time.
  Time due(const TsChunk& chunk, Time now);

 private:
  Time place(std::int64_t pcr_us, Time now);

  std::optional<std::uint16_t> pid_;  // the first that carried a PCR
  std::optional<std::int64_t> last_pcr_us_;
  Time clock_{};  // when the last PCR is due by the stream's own clock
  Time last_due_{};
};

}  // namespace aegis::agent::media
