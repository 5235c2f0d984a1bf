#include "common/bond/wire.hpp"

#include <algorithm>
#include <cassert>

#include "common/bond/frames.hpp"
#include "common/bond/sealed_frames.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond {
namespace {

constexpr std::size_t kRegSize = 2 + kGroupIdSize;
constexpr std::size_t kPaddedReply = 32;
constexpr std::size_t kAckHeader = 4;

// The 38-byte keepalive (irlserver and CERALIVE telemetry, version 1).
constexpr std::size_t kTimedKeepalive = 10;
constexpr std::size_t kExtendedKeepalive = 38;
constexpr std::uint16_t kTelemetryMagic = 0xc01f;
constexpr std::uint16_t kTelemetryVersion = 1;

bool has_valid_length(PacketType type, ByteView datagram) {
  std::size_t const size = datagram.size();
  switch (type) {
    case PacketType::kReg1:
      return size == kRegSize;
    case PacketType::kReg2:
      return size == kRegSize || size == kSealedReg2Size;
    case PacketType::kAck:
      return size > kAckHeader && size % 4 == 0;
    case PacketType::kKeepalive:
    case PacketType::kReg3:
    case PacketType::kRegErr:
    case PacketType::kRegNgp:
    case PacketType::kRegNak:
      return true;  // padding is allowed, so any length that holds the type
    case PacketType::kLinkData:
      return size >= kLinkFrameHeader + srt::kHeaderSize;
    case PacketType::kArrivalReport:
      return has_valid_report_length(datagram);
  }
  return false;
}

std::optional<PacketType> known_type(std::uint16_t type) {
  switch (static_cast<PacketType>(type)) {
    case PacketType::kKeepalive:
    case PacketType::kAck:
    case PacketType::kReg1:
    case PacketType::kReg2:
    case PacketType::kReg3:
    case PacketType::kRegErr:
    case PacketType::kRegNgp:
    case PacketType::kRegNak:
    case PacketType::kLinkData:
    case PacketType::kArrivalReport:
      return static_cast<PacketType>(type);
  }
  return std::nullopt;
}

bool is_srt_control_type(std::uint16_t type) {
  std::uint16_t const control = type & 0x7fff;
  return control <= static_cast<std::uint16_t>(srt::ControlType::kPeerError) ||
         control == static_cast<std::uint16_t>(srt::ControlType::kUserDefined);
}

}  // namespace

DatagramKind classify(ByteView datagram) {
  if (datagram.size() < 2 || datagram.size() > kMaxDatagram) return DatagramKind::kJunk;
  std::uint16_t const type = load_u16(datagram, 0);
  bool const holds_srt_header = datagram.size() >= srt::kHeaderSize;
  if ((type & 0x8000) == 0) return holds_srt_header ? DatagramKind::kSrtData : DatagramKind::kJunk;
  if (is_srt_control_type(type))
    return holds_srt_header ? DatagramKind::kSrtControl : DatagramKind::kJunk;
  auto const ours = known_type(type);
  return ours && has_valid_length(*ours, datagram) ? DatagramKind::kSrtla : DatagramKind::kJunk;
}

std::optional<PacketType> srtla_type(ByteView datagram) {
  return datagram.size() < 2 ? std::nullopt : known_type(load_u16(datagram, 0));
}

Frame::Frame(PacketType type, std::size_t size) : size_(size) {
  assert(size >= 2 && size <= kCapacity);
  store_u16(data_, 0, static_cast<std::uint16_t>(type));
}

namespace {

Frame make_registration(PacketType type, const GroupToken& id) {
  Frame frame(type, kRegSize);
  std::copy(id.begin(), id.end(), frame.bytes().begin() + 2);
  return frame;
}

}  // namespace

Frame make_reg1(const GroupToken& id) {
  return make_registration(PacketType::kReg1, id);
}
Frame make_reg2(const GroupToken& id) {
  return make_registration(PacketType::kReg2, id);
}
Frame make_reg_reply(PacketType type) {
  return Frame(type, kPaddedReply);
}

GroupToken parse_group_token(ByteView reg) {
  assert(reg.size() >= kRegSize);
  GroupToken id;
  std::copy_n(reg.begin() + 2, id.size(), id.begin());
  return id;
}

Frame make_keepalive(std::uint64_t timestamp, const LinkTelemetry& telemetry) {
  Frame frame(PacketType::kKeepalive, kExtendedKeepalive);
  auto const bytes = frame.bytes();
  store_u64(bytes, 2, timestamp);
  store_u16(bytes, 10, kTelemetryMagic);
  store_u16(bytes, 12, kTelemetryVersion);
  store_u32(bytes, 14, telemetry.connection_id);
  store_u32(bytes, 18, static_cast<std::uint32_t>(telemetry.window));
  store_u32(bytes, 22, static_cast<std::uint32_t>(telemetry.in_flight_packets));
  store_u32(bytes, 26, telemetry.rtt_ms);
  store_u32(bytes, 30, telemetry.nak_count);
  store_u32(bytes, 34, telemetry.bytes_per_second);
  return frame;
}

Keepalive parse_keepalive(ByteView keepalive) {
  Keepalive parsed;
  if (keepalive.size() >= kTimedKeepalive) parsed.timestamp = load_u64(keepalive, 2);
  if (keepalive.size() < kExtendedKeepalive || load_u16(keepalive, 10) != kTelemetryMagic ||
      load_u16(keepalive, 12) != kTelemetryVersion)
    return parsed;
  parsed.telemetry = LinkTelemetry{
      .connection_id = load_u32(keepalive, 14),
      .window = static_cast<std::int32_t>(load_u32(keepalive, 18)),
      .in_flight_packets = static_cast<std::int32_t>(load_u32(keepalive, 22)),
      .rtt_ms = load_u32(keepalive, 26),
      .nak_count = load_u32(keepalive, 30),
      .bytes_per_second = load_u32(keepalive, 34),
  };
  return parsed;
}

Frame make_ack(std::span<const SeqNo> arrived) {
  assert(!arrived.empty() && arrived.size() <= kAckEntries);
  Frame frame(PacketType::kAck, kAckHeader + 4 * arrived.size());
  for (std::size_t i = 0; i < arrived.size(); ++i)
    store_u32(frame.bytes(), kAckHeader + 4 * i, arrived[i].value());
  return frame;
}

}  // namespace aegis::bond
