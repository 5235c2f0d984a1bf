// SRT packets as the two model peers write and read them (draft-sharabayko-srt section 3). Kept
// apart from common/bond/srt_packet on purpose: a mistake there must not be repeated here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/seq.hpp"
#include "common/base/time.hpp"

namespace aegis::sim {

inline constexpr std::size_t kSrtHeader = 16;
inline constexpr std::size_t kPayload = 1316;  // seven TS packets
// What a live MPEG-TS payload costs on a link: SRT header, UDP and IPv4.
inline constexpr std::size_t kIpUdp = 28;
inline constexpr std::size_t kWirePacket = kPayload + kSrtHeader + kIpUdp;

enum class SrtControl : std::uint16_t {
  kHandshake = 0,
  kKeepalive = 1,
  kAck = 2,
  kNak = 3,
  kShutdown = 5,
  kAckAck = 6,
};

// A datagram under construction.
struct SrtPacket {
  std::array<std::byte, kMaxDatagram> data{};
  std::size_t size = 0;
  ByteView view() const { return ByteView(data).first(size); }
  void put_u32(std::size_t at, std::uint32_t value) { store_u32(data, at, value); }
};

struct SrtHandshake {
  std::uint32_t version = 4;
  std::uint16_t extension = 2;
  SeqNo initial_sequence;
  std::uint32_t type = 1;  // induction; conclusion is 0xffffffff
  std::uint32_t socket_id = 0, cookie = 0;
  std::optional<Duration> latency;  // HSREQ or HSRSP
  bool response = false;            // HSRSP instead of HSREQ
  bool nak_report = true;
  std::string stream_id = {};  // of a caller; written with a latency only, never read
};
inline constexpr std::uint32_t kInductionType = 1, kConclusionType = 0xffffffff;
inline constexpr std::uint16_t kSrtMagic = 0x4a17;

struct SrtFullAck {
  SeqNo next_expected;
  std::uint32_t number = 0, rtt_us = 0, rtt_variance_us = 0, free_buffer = 0;
};

using SrtLosses = std::vector<std::pair<SeqNo, SeqNo>>;  // ranges, both ends included

SrtPacket write_control(SrtControl type, std::uint32_t info, std::uint32_t timestamp,
                        std::uint32_t destination, std::size_t body);
SrtPacket write_handshake(const SrtHandshake& handshake, std::uint32_t timestamp,
                          std::uint32_t destination);
SrtPacket write_full_ack(const SrtFullAck& ack, std::uint32_t timestamp, std::uint32_t destination);
SrtPacket write_light_ack(SeqNo next_expected, std::uint32_t timestamp, std::uint32_t destination);
// As many ranges as fit into one packet.
SrtPacket write_loss_report(const SrtLosses& losses, std::uint32_t timestamp,
                            std::uint32_t destination);

struct SrtDataHeader {
  SeqNo sequence;
  std::uint32_t message = 0, timestamp = 0, destination = 0;
  bool retransmitted = false;
};
// The payload is made from `index`: its number, then bytes that depend on it.
SrtPacket write_data(const SrtDataHeader& header, std::uint64_t index);

inline bool is_data(ByteView p) {
  return (std::to_integer<unsigned>(p[0]) & 0x80) == 0;
}
inline SrtControl control_of(ByteView p) {
  return static_cast<SrtControl>(load_u16(p, 0) & 0x7fff);
}
inline std::uint32_t info_of(ByteView p) {
  return load_u32(p, 4);
}
inline std::uint32_t timestamp_of(ByteView p) {
  return load_u32(p, 8);
}
inline std::uint32_t destination_of(ByteView p) {
  return load_u32(p, 12);
}
SrtDataHeader read_data_header(ByteView packet);
std::uint64_t read_index(ByteView packet);
std::optional<SrtHandshake> read_handshake(ByteView packet);
// Nothing when the list is malformed.
std::optional<SrtLosses> read_loss_report(ByteView packet);

}  // namespace aegis::sim
