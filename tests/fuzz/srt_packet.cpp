// One datagram into everything that reads SRT's own fields.
#include "common/bond/srt_packet.hpp"

#include <algorithm>
#include <array>

#include "common/bond/wire.hpp"
#include "fuzz/input.hpp"

using namespace aegis;
using namespace aegis::bond;
using fuzz::require;

namespace {

void read_nak(ByteView nak) {
  std::array<srt::LossRange, srt::kMaxLossRanges> ranges, again;
  std::size_t const count = srt::parse_loss_list(nak, ranges);
  for (auto const& range : std::span(ranges).first(count))
    require(distance(range.first, range.last) >= 0, "a range runs forwards");
  std::array<std::byte, kMaxDatagram> buffer{};
  std::size_t const size = srt::write_nak(nak, std::span(ranges).first(count), buffer);
  require(size <= nak.size() || nak.size() < srt::kHeaderSize + 4,
          "a NAK does not grow when it is written again");
  std::size_t const read = srt::parse_loss_list(ByteView(buffer).first(size), again);
  // What is longer than libsrt takes is cut.
  require((read == count || nak.size() > srt::kMaxPacket) && read <= count &&
              std::equal(again.begin(), again.begin() + static_cast<long>(read), ranges.begin()),
          "a loss list reads back as written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxDatagram) return 0;
  ByteView const datagram = fuzz::Input(data, size).rest();
  DatagramKind const kind = classify(datagram);
  if (kind == DatagramKind::kSrtData) {
    srt::sequence(datagram);
    srt::is_retransmitted(datagram);
    srt::timestamp_us(datagram);
  }
  if (kind != DatagramKind::kSrtControl) return 0;
  srt::control_type(datagram);
  srt::parse_ack(datagram);
  read_nak(datagram);
  if (auto const handshake = srt::parse_handshake(datagram))
    require(!(handshake->is_rejection() && handshake->is_induction()), "a handshake is one thing");
  return 0;
}
