#include "sim/srt_format.hpp"

#include <cstring>

namespace aegis::sim {
namespace {

constexpr std::size_t kHandshakeBody = 48;
constexpr std::size_t kExtensionAt = kSrtHeader + kHandshakeBody;
constexpr std::size_t kExtensionSize = 16;
constexpr std::uint32_t kTsbpdSend = 0x01, kTsbpdReceive = 0x02, kTlPktDrop = 0x08,
                        kNakReport = 0x10, kRexmitFlag = 0x20;
constexpr std::uint32_t kStreamIdExtension = 5;

std::uint16_t in_ms(Duration d) {
  return static_cast<std::uint16_t>(d.count() / 1000);
}

// Section 3.2.1.3: the text in words of 32 bits, each with its bytes turned round.
void append_stream_id(SrtPacket& packet, const std::string& id) {
  std::size_t const words = (id.size() + 3) / 4;
  packet.put_u32(packet.size, (kStreamIdExtension << 16) | static_cast<std::uint32_t>(words));
  packet.size += 4;
  for (std::size_t i = 0; i < id.size(); ++i)
    packet.data[packet.size + (i ^ 3u)] = static_cast<std::byte>(id[i]);
  packet.size += words * 4;
}

}  // namespace

SrtPacket write_control(SrtControl type, std::uint32_t info, std::uint32_t timestamp,
                        std::uint32_t destination, std::size_t body) {
  SrtPacket packet;
  packet.put_u32(0, 0x80000000u | (static_cast<std::uint32_t>(type) << 16));
  packet.put_u32(4, info);
  packet.put_u32(8, timestamp);
  packet.put_u32(12, destination);
  packet.size = kSrtHeader + body;
  return packet;
}

SrtPacket write_handshake(const SrtHandshake& handshake, std::uint32_t timestamp,
                          std::uint32_t destination) {
  std::size_t const body = kHandshakeBody + (handshake.latency ? kExtensionSize : 0);
  SrtPacket packet = write_control(SrtControl::kHandshake, 0, timestamp, destination, body);
  packet.put_u32(16, handshake.version);
  packet.put_u32(20, handshake.extension);
  packet.put_u32(24, handshake.initial_sequence.value());
  packet.put_u32(28, 1500);
  packet.put_u32(32, 8192);
  packet.put_u32(36, handshake.type);
  packet.put_u32(40, handshake.socket_id);
  packet.put_u32(44, handshake.cookie);
  packet.put_u32(48, 0x0100007f);
  if (handshake.latency) {
    packet.put_u32(kExtensionAt, ((handshake.response ? 2u : 1u) << 16) | 3);
    packet.put_u32(kExtensionAt + 4, 0x00010501);
    packet.put_u32(kExtensionAt + 8, kTsbpdSend | kTsbpdReceive | kTlPktDrop | kRexmitFlag |
                                         (handshake.nak_report ? kNakReport : 0));
    std::uint32_t const latency = in_ms(*handshake.latency);
    packet.put_u32(kExtensionAt + 12, (latency << 16) | latency);
    if (!handshake.stream_id.empty()) append_stream_id(packet, handshake.stream_id);
  }
  return packet;
}

std::optional<SrtHandshake> read_handshake(ByteView packet) {
  if (packet.size() < kSrtHeader + kHandshakeBody) return std::nullopt;
  SrtHandshake handshake;
  handshake.version = load_u32(packet, 16);
  handshake.extension = load_u16(packet, 22);
  handshake.initial_sequence = SeqNo(load_u32(packet, 24));
  handshake.type = load_u32(packet, 36);
  handshake.socket_id = load_u32(packet, 40);
  handshake.cookie = load_u32(packet, 44);
  if (packet.size() >= kExtensionAt + kExtensionSize) {
    handshake.response = load_u16(packet, kExtensionAt) == 2;
    handshake.nak_report = (load_u32(packet, kExtensionAt + 8) & kNakReport) != 0;
    handshake.latency = std::chrono::milliseconds(load_u16(packet, kExtensionAt + 12));
  }
  return handshake;
}

SrtPacket write_full_ack(const SrtFullAck& ack, std::uint32_t timestamp,
                         std::uint32_t destination) {
  SrtPacket packet = write_control(SrtControl::kAck, ack.number, timestamp, destination, 28);
  packet.put_u32(16, ack.next_expected.value());
  packet.put_u32(20, ack.rtt_us);
  packet.put_u32(24, ack.rtt_variance_us);
  packet.put_u32(28, ack.free_buffer);
  return packet;
}

SrtPacket write_light_ack(SeqNo next_expected, std::uint32_t timestamp, std::uint32_t destination) {
  SrtPacket packet = write_control(SrtControl::kAck, 0, timestamp, destination, 4);
  packet.put_u32(16, next_expected.value());
  return packet;
}

SrtPacket write_loss_report(const SrtLosses& losses, std::uint32_t timestamp,
                            std::uint32_t destination) {
  SrtPacket packet = write_control(SrtControl::kNak, 0, timestamp, destination, 0);
  constexpr std::size_t kRoom = 1472;
  for (auto const& [first, last] : losses) {
    if (packet.size + 8 > kRoom) break;
    bool const range = first != last;
    packet.put_u32(packet.size, first.value() | (range ? 0x80000000u : 0));
    packet.size += 4;
    if (!range) continue;
    packet.put_u32(packet.size, last.value());
    packet.size += 4;
  }
  return packet;
}

std::optional<SrtLosses> read_loss_report(ByteView packet) {
  SrtLosses losses;
  for (std::size_t at = kSrtHeader; at + 4 <= packet.size(); at += 4) {
    std::uint32_t const word = load_u32(packet, at);
    SeqNo const first(word);
    SeqNo last = first;
    if ((word & 0x80000000u) != 0) {
      at += 4;
      if (at + 4 > packet.size() || (load_u32(packet, at) & 0x80000000u) != 0) return std::nullopt;
      last = SeqNo(load_u32(packet, at));
      if (distance(first, last) < 0) return std::nullopt;
    }
    losses.emplace_back(first, last);
  }
  return losses;
}

SrtPacket write_data(const SrtDataHeader& header, std::uint64_t index) {
  SrtPacket packet;
  packet.put_u32(0, header.sequence.value());
  packet.put_u32(
      4, 0xc0000000u | (header.retransmitted ? 0x04000000u : 0) | (header.message & 0x03ffffff));
  packet.put_u32(8, header.timestamp);
  packet.put_u32(12, header.destination);
  store_u64(packet.data, kSrtHeader, index);
  std::memset(packet.data.data() + kSrtHeader + 8, static_cast<int>(index * 31 & 0xff),
              kPayload - 8);
  packet.size = kSrtHeader + kPayload;
  return packet;
}

SrtDataHeader read_data_header(ByteView packet) {
  std::uint32_t const word = load_u32(packet, 4);
  return {SeqNo(load_u32(packet, 0)), word & 0x03ffffff, load_u32(packet, 8), load_u32(packet, 12),
          (word & 0x04000000u) != 0};
}

std::uint64_t read_index(ByteView packet) {
  return load_u64(packet, kSrtHeader);
}

}  // namespace aegis::sim
