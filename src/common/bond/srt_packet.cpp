#include "common/bond/srt_packet.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace aegis::bond::srt {
namespace {

// Offsets within an ACK (section 3.2.4) and a handshake (section 3.2.1), header included.
constexpr std::size_t kAckNext = 16, kAckRtt = 20, kAckRttVariance = 24, kAckRttEnd = 28;
constexpr std::size_t kNakList = 16;
constexpr std::size_t kHsVersion = 16, kHsExtensionField = 22, kHsInitialSeq = 24, kHsType = 36,
                      kHsSocketId = 40, kHsSize = 64;
constexpr std::uint32_t kRangeFlag = 0x80000000;
constexpr std::uint16_t kExtensionHsReq = 1, kExtensionHsRsp = 2;
constexpr std::uint16_t kHasHsExtension = 1;  // bit in the extension field

void read_latency(ByteView packet, Handshake& handshake) {
  std::size_t at = kHsSize;
  while (at + 4 <= packet.size()) {
    std::uint16_t const type = load_u16(packet, at);
    std::size_t const body = std::size_t{load_u16(packet, at + 2)} * 4;
    at += 4;
    if (at + body > packet.size()) return;
    if ((type == kExtensionHsReq || type == kExtensionHsRsp) && body >= 12) {
      handshake.receive_latency = std::chrono::milliseconds(load_u16(packet, at + 8));
      handshake.send_latency = std::chrono::milliseconds(load_u16(packet, at + 10));
      return;
    }
    at += body;
  }
}

}  // namespace

ControlType control_type(ByteView control) {
  return static_cast<ControlType>(load_u16(control, 0) & 0x7fff);
}

std::optional<AckInfo> parse_ack(ByteView ack) {
  if (ack.size() < kAckNext + 4) return std::nullopt;
  AckInfo info{.next_expected = SeqNo(load_u32(ack, kAckNext)), .rtt = {}, .rtt_variance = {}};
  if (ack.size() >= kAckRttEnd) {
    info.rtt = Duration(load_u32(ack, kAckRtt));
    info.rtt_variance = Duration(load_u32(ack, kAckRttVariance));
  }
  return info;
}

std::size_t parse_loss_list(ByteView nak, std::span<LossRange> out) {
  std::size_t count = 0;
  std::size_t at = kNakList;
  while (at + 4 <= nak.size() && count < out.size()) {
    std::uint32_t const word = load_u32(nak, at);
    at += 4;
    if ((word & kRangeFlag) == 0) {
      out[count++] = {SeqNo(word), SeqNo(word)};
      continue;
    }
    if (at + 4 > nak.size()) break;
    std::uint32_t const last = load_u32(nak, at);
    at += 4;
    LossRange const range{SeqNo(word), SeqNo(last)};
    if ((last & kRangeFlag) != 0 || distance(range.first, range.last) < 0) break;
    out[count++] = range;
  }
  return count;
}

std::size_t write_nak(ByteView nak, std::span<const LossRange> ranges, ByteSpan out) {
  assert(out.size() >= kMaxPacket && nak.size() >= kHeaderSize);
  std::memcpy(out.data(), nak.data(), kHeaderSize);
  std::size_t at = kNakList;
  for (auto const& range : ranges) {
    bool const single = range.first == range.last;
    if (at + (single ? 4 : 8) > kMaxPacket) break;
    store_u32(out, at, single ? range.first.value() : range.first.value() | kRangeFlag);
    at += 4;
    if (single) continue;
    store_u32(out, at, range.last.value());
    at += 4;
  }
  return at;
}

std::array<std::byte, kHeaderSize + 4> make_shutdown(std::uint32_t socket) {
  std::array<std::byte, kHeaderSize + 4> packet{};
  store_u16(packet, 0,
            static_cast<std::uint16_t>(0x8000 | static_cast<unsigned>(ControlType::kShutdown)));
  store_u32(packet, 12, socket);
  return packet;
}

std::optional<Handshake> parse_handshake(ByteView packet) {
  if (packet.size() < kHsSize) return std::nullopt;
  Handshake handshake;
  handshake.version = load_u32(packet, kHsVersion);
  handshake.type = load_u32(packet, kHsType);
  handshake.initial_sequence = SeqNo(load_u32(packet, kHsInitialSeq));
  handshake.socket_id = load_u32(packet, kHsSocketId);
  bool const extended = handshake.version == 5 && handshake.is_conclusion() &&
                        (load_u16(packet, kHsExtensionField) & kHasHsExtension) != 0;
  if (extended) read_latency(packet, handshake);
  return handshake;
}

}  // namespace aegis::bond::srt
