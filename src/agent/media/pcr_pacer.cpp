#include "agent/media/pcr_pacer.hpp"

#include <algorithm>

namespace aegis::agent::media {
namespace {

constexpr std::int64_t kPcrWrapUs = (std::int64_t{1} << 33) * 100 / 9;  // 26.5 h
// PCRs come every 100 ms; a larger step is a jump, of which the length means nothing.
constexpr std::int64_t kMaxStepUs = 1'000'000;
// The stream's clock may run faster than ours by this much before it is held back for it.
constexpr std::int64_t kDriftPerMillion = 200;

// The PCR in microseconds, of a packet that has one.
std::optional<std::int64_t> pcr_of(ByteView packet) {
  bool const has_adaptation = (std::to_integer<unsigned>(packet[3]) & 0x20) != 0;
  if (!has_adaptation || std::to_integer<unsigned>(packet[4]) < 7) return std::nullopt;
  if ((std::to_integer<unsigned>(packet[5]) & 0x10) == 0) return std::nullopt;
  std::int64_t const base =
      (std::int64_t{load_u32(packet, 6)} << 1) | (std::to_integer<std::int64_t>(packet[10]) >> 7);
  return base * 100 / 9;
}

}  // namespace

Time PcrPacer::due(const TsChunk& chunk, Time now) {
  for (std::size_t at = 0; at + kTsPacket <= chunk.size; at += kTsPacket) {
    ByteView const packet = chunk.view().subspan(at, kTsPacket);
    auto const pcr = pcr_of(packet);
    if (!pcr) continue;
    auto const pid = static_cast<std::uint16_t>(load_u16(packet, 1) & 0x1fff);
    if (!pid_) pid_ = pid;
    if (*pid_ == pid) last_due_ = place(*pcr, now);
  }
  return std::max(now, last_due_);
}

Time PcrPacer::place(std::int64_t pcr_us, Time now) {
  std::int64_t step = last_pcr_us_ ? pcr_us - *last_pcr_us_ : 0;
  if (step < -kPcrWrapUs / 2) step += kPcrWrapUs;
  if (step < 0 || step > kMaxStepUs) step = 0;
  if (!last_pcr_us_) clock_ = now;
  last_pcr_us_ = pcr_us;
  clock_ += Duration(step - step * kDriftPerMillion / 1'000'000);
  // A stream that comes late is live, and as far as it is late it plays later.
  clock_ = std::max(clock_, now);
  return clock_ - kMaxAhead;
}

}  // namespace aegis::agent::media
