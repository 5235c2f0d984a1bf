// The SRTLA wire format: what stands in a datagram between rig and relay beside SRT itself.
// Everything is big-endian; the first 16 bits are the type. Anything that is not one of these
// types at its exact length is an SRT datagram, or junk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/seq.hpp"

namespace aegis::bond {

enum class PacketType : std::uint16_t {
  kKeepalive = 0x9000,  // 2 bytes and up: echoed verbatim by the receiver
  kAck = 0x9100,        // 4 + 4N bytes: N sequence numbers in order of arrival on this link
  kReg1 = 0x9200,       // 258 bytes: the sender asks for a group
  kReg2 = 0x9201,       // 258 bytes: the receiver's answer; then the sender's, once for each link
                        // (of a proved group 286: sealed_frames.hpp)
  kReg3 = 0x9202,       // 2 bytes (or padded): the link is registered
  kRegErr = 0x9210,     // 2 bytes (or padded): refused, may be tried again
  kRegNgp = 0x9211,     // 2 bytes (or padded): no such group
  kRegNak = 0x9212,     // 2 bytes and up: refused for good; stock receivers never send it
  // Between Aegis ends only (frames.hpp):
  kLinkData = 0x9a01,
  kArrivalReport = 0x9a02,
};

// What a datagram is, by type and length.
enum class DatagramKind { kSrtData, kSrtControl, kSrtla, kJunk };
DatagramKind classify(ByteView datagram);
// The SRTLA type, when classify() says kSrtla.
std::optional<PacketType> srtla_type(ByteView datagram);

// The group's id: the sender draws 256 bytes, the receiver replaces the last 128.
inline constexpr std::size_t kGroupIdSize = 256;
inline constexpr std::size_t kGroupIdHalf = 128;
using GroupToken = std::array<std::byte, kGroupIdSize>;

// Sequence numbers in one ACK of a stock receiver.
inline constexpr std::size_t kAckEntries = 10;

// A short datagram of ours, by value: registration, keepalive, ACK.
class Frame {
 public:
  // All zero but the type.
  Frame(PacketType type, std::size_t size);
  operator ByteView() const {
    return ByteView(data_).first(size_);
  }  // NOLINT: a frame is its bytes
  ByteSpan bytes() { return ByteSpan(data_).first(size_); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kCapacity = 2 + kGroupIdSize + 28;  // a sealed REG2
  std::array<std::byte, kCapacity> data_{};
  std::size_t size_;
};

Frame make_reg1(const GroupToken& id);
Frame make_reg2(const GroupToken& id);
// REG3, REG_ERR and REG_NGP, padded to 32 bytes: some carrier NATs drop datagrams of 2 bytes.
Frame make_reg_reply(PacketType type);
// The 256 bytes of a REG1 or REG2.
GroupToken parse_group_token(ByteView reg);

// What an extended keepalive tells about the sender's side of a link.
struct LinkTelemetry {
  std::uint32_t connection_id = 0;
  std::int32_t window = 0;
  std::int32_t in_flight_packets = 0;
  std::uint32_t rtt_ms = 0;
  std::uint32_t nak_count = 0;
  std::uint32_t bytes_per_second = 0;
  friend bool operator==(const LinkTelemetry&, const LinkTelemetry&) = default;
};

struct Keepalive {
  std::optional<std::uint64_t> timestamp;  // sender's own unit (stock: ms); absent in 2-byte form
  std::optional<LinkTelemetry> telemetry;  // 38-byte form
};

Frame make_keepalive(std::uint64_t timestamp, const LinkTelemetry& telemetry);  // 38 bytes
Keepalive parse_keepalive(ByteView keepalive);

Frame make_ack(std::span<const SeqNo> arrived);  // at most kAckEntries
// Calls `each` with every sequence number listed.
template <typename Each>
void for_each_acked(ByteView ack, Each each) {
  for (std::size_t at = 4; at + 4 <= ack.size(); at += 4) each(SeqNo(load_u32(ack, at)));
}

}  // namespace aegis::bond
