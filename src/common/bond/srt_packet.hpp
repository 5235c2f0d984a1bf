// The few fields of SRT that a bond must read (draft-sharabayko-srt section 3). SRT control packets
// are never encrypted, so a hop below SRT may look; it never changes one but the NAK's list.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/seq.hpp"
#include "common/base/time.hpp"

namespace aegis::bond::srt {

inline constexpr std::size_t kHeaderSize = 16;
// libsrt drops what is longer, control packets too: its MTU of 1500 less the IPv4 and UDP headers.
inline constexpr std::size_t kMaxPacket = 1500 - 28;

enum class ControlType : std::uint16_t {
  kHandshake = 0x0000,
  kKeepalive = 0x0001,
  kAck = 0x0002,
  kNak = 0x0003,
  kCongestion = 0x0004,
  kShutdown = 0x0005,
  kAckAck = 0x0006,
  kDropRequest = 0x0007,
  kPeerError = 0x0008,
  kUserDefined = 0x7fff,
};

// All of these want classify() to have said kSrtData or kSrtControl (so: at least 16 bytes).
inline bool is_control(ByteView packet) {
  return (std::to_integer<unsigned>(packet[0]) & 0x80) != 0;
}
inline SeqNo sequence(ByteView data) {
  return SeqNo(load_u32(data, 0));
}
inline bool is_retransmitted(ByteView data) {
  return (std::to_integer<unsigned>(data[4]) & 0x04) != 0;
}
// SRT leaves this flag out of what it encrypts and authenticates.
inline void mark_retransmitted(ByteSpan data) {
  data[4] |= std::byte{0x04};
}
inline std::uint32_t timestamp_us(ByteView packet) {
  return load_u32(packet, 8);
}
inline std::uint32_t destination_socket(ByteView packet) {
  return load_u32(packet, 12);
}
ControlType control_type(ByteView control);

// The next sequence number the receiver expects; everything before it has arrived or was given up.
// Nothing when the ACK is too short.
struct AckInfo {
  SeqNo next_expected;
  std::optional<Duration> rtt, rtt_variance;  // full ACKs only
};
std::optional<AckInfo> parse_ack(ByteView ack);

// One range of lost packets, both ends included.
struct LossRange {
  SeqNo first, last;
  friend bool operator==(const LossRange&, const LossRange&) = default;
};
inline constexpr std::size_t kMaxLossRanges = (kMaxDatagram - kHeaderSize) / 4;
// Ranges of a NAK's loss list into `out`; how many. A malformed tail (a range without its end, or
// one that runs backwards) ends the list.
std::size_t parse_loss_list(ByteView nak, std::span<LossRange> out);
// A NAK with the header of `nak` and these ranges in place of its own; its size. `out` must hold
// kMaxPacket; ranges that do not fit are left out.
std::size_t write_nak(ByteView nak, std::span<const LossRange> ranges, ByteSpan out);

// What ends the connection of `socket` at once, as its peer would. It has the length libsrt gives
// it.
std::array<std::byte, kHeaderSize + 4> make_shutdown(std::uint32_t socket);

// What a handshake tells a hop in between.
struct Handshake {
  std::uint32_t version = 0;
  std::uint32_t type = 0;  // 1 induction, 0xffffffff conclusion, 1000... rejection
  SeqNo initial_sequence;
  std::uint32_t socket_id = 0;  // of the side that sent it
  // From the HSREQ or HSRSP extension: the latency this side asks for (HSREQ) or has agreed on.
  std::optional<Duration> receive_latency, send_latency;

  bool is_induction() const { return type == 1; }
  bool is_conclusion() const { return type == 0xffffffff; }
  bool is_rejection() const { return type >= 1000 && type < 0x80000000; }
};
std::optional<Handshake> parse_handshake(ByteView packet);

}  // namespace aegis::bond::srt
