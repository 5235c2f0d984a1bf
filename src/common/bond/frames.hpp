// What two Aegis ends say to each other beyond SRTLA. It is agreed on inside the bytes that stock
// peers treat as random: neither a stock sender nor a stock receiver ever sees one of these frames.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/bytes.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// --- What each end can do ----------------------------------------------------------------------

// Bits of a capability set. Unknown bits are ignored: both ends use what both name.
enum Capability : std::uint32_t {
  kLinkFrames = 1u << 0,  // data in link frames, answered by arrival reports instead of SRTLA ACKs
};
inline constexpr std::uint32_t kOurCapabilities = kLinkFrames;

// Client half of a group id, version 1 (128 bytes): magic 6, version 1, flags 1, capabilities 4;
// then device 16, time 8, nonce 16, key 32 and tag 32 when the flags say that the sender proves who
// it is (proof.hpp), random otherwise; then 12 random bytes.
void write_client_capabilities(GroupToken& id, std::uint32_t capabilities, bool proved = false);
// Nothing when this half is not of an Aegis sender whose version we know.
std::optional<std::uint32_t> client_capabilities(const GroupToken& id);
bool client_claims_proof(const GroupToken& id);

// In the relay's half: magic 6, version 1, flags 1, capabilities 4, at this offset of the id; then
// key 32 and proof 24 when the flags say that the relay proves itself.
inline constexpr std::size_t kRelayCapabilitiesAt = kGroupIdHalf + 26;
void write_relay_capabilities(GroupToken& id, std::uint32_t capabilities);
std::optional<std::uint32_t> relay_capabilities(const GroupToken& id);
void mark_relay_proved(GroupToken& id);
bool relay_is_proved(const GroupToken& id);

// --- Link frames: rig to relay -----------------------------------------------------------------

// One SRT datagram with a number of its own on this link, so that the relay sees what the link
// loses: type 2, link 1, flags 1, number 4, then the SRT datagram.
inline constexpr std::size_t kLinkFrameHeader = 8;
// Longer SRT datagrams go as plain SRTLA: with the header they would not fit into a 1500-byte MTU.
inline constexpr std::size_t kMaxFramedDatagram = 1500 - 40 - 8 - kLinkFrameHeader;

struct LinkFrame {
  std::uint8_t link = 0;
  std::uint32_t number = 0;
  ByteView datagram;
};
// Precondition: datagram within kMaxFramedDatagram, `out` holds kMaxDatagram. The frame's bytes.
ByteView write_link_frame(const LinkFrame& frame, ByteSpan out);
// Precondition: classify() said kSrtla and the type is kLinkData.
LinkFrame parse_link_frame(ByteView frame);

// --- Arrival reports: relay to rig -------------------------------------------------------------

// What has arrived on one link: the highest number, when it did, totals, and which of the 128
// numbers before it. Reports repeat all of it, so that a lost report costs nothing.
struct LinkArrivals {
  std::uint8_t link = 0;
  std::uint32_t highest = 0;
  std::uint32_t highest_arrived_us = 0;   // relay's clock, wraps
  std::uint32_t packets = 0;              // received in all, wraps
  std::uint32_t bytes = 0;                // of frames, received in all, wraps
  std::array<std::uint64_t, 2> before{};  // bit i of the 128: highest-1-i has arrived

  static constexpr std::uint32_t kRemembered = 128;
  // True or false for numbers within reach; nothing for older ones.
  std::optional<bool> has(std::uint32_t number) const;
  friend bool operator==(const LinkArrivals&, const LinkArrivals&) = default;
};

// type 2, flags 1, count 1, report number 4, relay's clock in us 4; then 36 bytes a link; then a
// tag (sealed_frames.hpp) when the flags say so.
inline constexpr std::size_t kMaxReportedLinks = 16;
struct ArrivalReport {
  std::uint32_t number = 0;
  std::uint32_t relay_clock_us = 0;
  std::size_t count = 0;
  std::array<LinkArrivals, kMaxReportedLinks> links;
};
ByteView write_report(const ArrivalReport& report, ByteSpan out);
// Precondition: classify() said kSrtla and the type is kArrivalReport.
ArrivalReport parse_report(ByteView frame);
bool has_valid_report_length(ByteView frame);
void mark_report_sealed(ByteSpan frame);

}  // namespace aegis::bond
