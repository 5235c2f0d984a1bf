// One datagram, from each side, before the guard and after media went both ways.
#include "common/bond/srt_guard.hpp"

#include <array>

#include "common/bond/wire.hpp"
#include "fuzz/input.hpp"

using namespace aegis;
using namespace aegis::bond;
using fuzz::require;

namespace {

void check_passed(ByteView packet) {
  require(packet.size() <= srt::kMaxPacket, "what passes fits into SRT's MTU");
  if (!srt::is_control(packet)) return;
  switch (srt::control_type(packet)) {
    case srt::ControlType::kNak: {
      std::array<srt::LossRange, srt::kMaxLossRanges> ranges;
      std::size_t const count = srt::parse_loss_list(packet, ranges);
      std::size_t words = 0;
      for (std::size_t i = 0; i < count; ++i) {
        auto const& [first, last] = ranges[i];
        require(distance(first, last) < srt::kMaxSpan, "a loss range is bounded");
        // The two forms of a single loss cannot be told apart afterwards.
        words += first == last ? 1 : 2;
      }
      require(srt::kHeaderSize + 4 * words <= packet.size() && count > 0, "a loss list is whole");
      return;
    }
    case srt::ControlType::kUserDefined:
      return require(packet.size() <= srt::kHeaderSize + 104,
                     "key material fits where SRT puts it");
    case srt::ControlType::kHandshake:
      return require(srt::parse_handshake(packet).has_value(), "a handshake is one");
    default:
      return require(packet.size() <= 48, "every other control packet is short");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxDatagram) return 0;
  ByteView const datagram = fuzz::Input(data, size).rest();
  DatagramKind const kind = classify(datagram);
  if (kind != DatagramKind::kSrtData && kind != DatagramKind::kSrtControl) return 0;
  std::array<std::byte, 100> const media{};
  for (auto const side : {srt::Side::kPublisher, srt::Side::kServer}) {
    srt::Guard one_way, both_ways;
    both_ways.passes(media, srt::Side::kServer);
    bool const strict = one_way.passes(datagram, side), loose = both_ways.passes(datagram, side);
    require(loose || !strict, "media both ways allows more, not less");
    if (loose) check_passed(datagram);
  }
  return 0;
}
