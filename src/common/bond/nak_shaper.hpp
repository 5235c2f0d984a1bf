// Which of the losses that the relay's SRT reports are losses, seen from the rig.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/ids.hpp"
#include "common/base/seq.hpp"
#include "common/base/time.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond {

// Rewrites a NAK so that only what `is_lost` confirms is asked for again. SRT's receiver repeats
// its reports, so what is withheld too long comes back by itself.
class NakShaper {
 public:
  // Lists longer than this are passed on unread: no single NAK of a live stream is so long.
  static constexpr std::int32_t kMaxSequences = 8192;

  // The shaped NAK, or nothing when no entry is left. Valid until the next call.
  template <typename IsLost>
  std::optional<ByteView> shape(ByteView nak, IsLost is_lost) {
    std::size_t const count = srt::parse_loss_list(nak, in_);
    auto const ranges = std::span(in_).first(count);
    // Before anything is asked: `is_lost` may remember that it said yes.
    if (is_overlong(ranges)) return nak;
    std::size_t kept = 0;
    for (auto const& range : ranges) kept = append_lost(range, kept, is_lost);
    if (kept == 0) return std::nullopt;
    std::size_t const size = srt::write_nak(nak, std::span(out_).first(kept), buffer_);
    return ByteView(buffer_).first(size);
  }

 private:
  static bool is_overlong(std::span<const srt::LossRange> ranges) {
    std::int32_t budget = kMaxSequences;
    for (auto const& range : ranges) {
      budget -= distance(range.first, range.last) + 1;
      if (budget < 0) return true;
    }
    return false;
  }
  template <typename IsLost>
  std::size_t append_lost(const srt::LossRange& range, std::size_t kept, IsLost& is_lost) {
    bool extends = false;
    for (SeqNo seq = range.first;; seq = seq.next()) {
      if (!is_lost(seq)) {
        extends = false;
      } else if (extends) {
        out_[kept - 1].last = seq;
      } else if (kept < out_.size()) {
        out_[kept++] = {seq, seq};
        extends = true;
      }
      if (seq == range.last) return kept;
    }
  }

  std::array<srt::LossRange, srt::kMaxLossRanges> in_, out_;
  std::array<std::byte, srt::kMaxPacket> buffer_;
};

}  // namespace aegis::bond
