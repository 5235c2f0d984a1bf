#include "common/bond/frames.hpp"

#include <algorithm>
#include <cassert>

namespace aegis::bond {
namespace {

constexpr std::array<std::uint8_t, 6> kMagic{0xa3, 0x61, 0x65, 0x67, 0x69, 0x73};
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kVersionAt = 6, kFlagsAt = 7, kCapabilitiesAt = 8;

constexpr std::byte kProved{1};  // of the flags

constexpr std::size_t kReportHeader = 12, kReportedLink = 36, kReportFlagsAt = 2;
constexpr std::byte kReportSealed{1};
constexpr std::size_t kReportTag = 16;

void write_capabilities(GroupToken& id, std::size_t at, std::uint32_t capabilities, bool proved) {
  for (std::size_t i = 0; i < kMagic.size(); ++i) id[at + i] = std::byte{kMagic[i]};
  id[at + kVersionAt] = std::byte{kVersion};
  id[at + kFlagsAt] = proved ? kProved : std::byte{0};
  store_u32(id, at + kCapabilitiesAt, capabilities);
}

std::optional<std::uint32_t> read_capabilities(const GroupToken& id, std::size_t at) {
  for (std::size_t i = 0; i < kMagic.size(); ++i)
    if (id[at + i] != std::byte{kMagic[i]}) return std::nullopt;
  if (id[at + kVersionAt] != std::byte{kVersion}) return std::nullopt;
  return load_u32(id, at + kCapabilitiesAt);
}

bool says_proved(const GroupToken& id, std::size_t at) {
  return read_capabilities(id, at) && (id[at + kFlagsAt] & kProved) != std::byte{0};
}

}  // namespace

void write_client_capabilities(GroupToken& id, std::uint32_t capabilities, bool proved) {
  write_capabilities(id, 0, capabilities, proved);
}
std::optional<std::uint32_t> client_capabilities(const GroupToken& id) {
  return read_capabilities(id, 0);
}
bool client_claims_proof(const GroupToken& id) {
  return says_proved(id, 0);
}
void write_relay_capabilities(GroupToken& id, std::uint32_t capabilities) {
  write_capabilities(id, kRelayCapabilitiesAt, capabilities, false);
}
std::optional<std::uint32_t> relay_capabilities(const GroupToken& id) {
  return read_capabilities(id, kRelayCapabilitiesAt);
}
void mark_relay_proved(GroupToken& id) {
  id[kRelayCapabilitiesAt + kFlagsAt] |= kProved;
}
bool relay_is_proved(const GroupToken& id) {
  return says_proved(id, kRelayCapabilitiesAt);
}

ByteView write_link_frame(const LinkFrame& frame, ByteSpan out) {
  assert(frame.datagram.size() <= kMaxFramedDatagram && out.size() >= kMaxDatagram);
  store_u16(out, 0, static_cast<std::uint16_t>(PacketType::kLinkData));
  out[2] = std::byte{frame.link};
  out[3] = std::byte{0};
  store_u32(out, 4, frame.number);
  std::copy(frame.datagram.begin(), frame.datagram.end(), out.begin() + kLinkFrameHeader);
  return out.first(kLinkFrameHeader + frame.datagram.size());
}

LinkFrame parse_link_frame(ByteView frame) {
  return {.link = std::to_integer<std::uint8_t>(frame[2]),
          .number = load_u32(frame, 4),
          .datagram = frame.subspan(kLinkFrameHeader)};
}

std::optional<bool> LinkArrivals::has(std::uint32_t number) const {
  std::uint32_t const behind = highest - number;
  if (behind == 0) return true;
  if (behind > kRemembered) return std::nullopt;
  std::uint32_t const bit = behind - 1;
  return ((before[bit / 64] >> (bit % 64)) & 1) != 0;
}

ByteView write_report(const ArrivalReport& report, ByteSpan out) {
  assert(report.count <= kMaxReportedLinks && out.size() >= kMaxDatagram);
  store_u16(out, 0, static_cast<std::uint16_t>(PacketType::kArrivalReport));
  out[kReportFlagsAt] = std::byte{0};
  out[3] = static_cast<std::byte>(report.count);
  store_u32(out, 4, report.number);
  store_u32(out, 8, report.relay_clock_us);
  std::size_t at = kReportHeader;
  for (auto const& link : std::span(report.links).first(report.count)) {
    out[at] = std::byte{link.link};
    out[at + 1] = out[at + 2] = out[at + 3] = std::byte{0};
    store_u32(out, at + 4, link.highest);
    store_u32(out, at + 8, link.highest_arrived_us);
    store_u32(out, at + 12, link.packets);
    store_u32(out, at + 16, link.bytes);
    store_u64(out, at + 20, link.before[0]);
    store_u64(out, at + 28, link.before[1]);
    at += kReportedLink;
  }
  return out.first(at);
}

void mark_report_sealed(ByteSpan frame) {
  frame[kReportFlagsAt] |= kReportSealed;
}

bool has_valid_report_length(ByteView frame) {
  if (frame.size() < kReportHeader) return false;
  auto const count = std::to_integer<std::size_t>(frame[3]);
  bool const sealed = (frame[kReportFlagsAt] & kReportSealed) != std::byte{0};
  return count <= kMaxReportedLinks &&
         frame.size() == kReportHeader + count * kReportedLink + (sealed ? kReportTag : 0);
}

ArrivalReport parse_report(ByteView frame) {
  assert(has_valid_report_length(frame));
  ArrivalReport report;
  report.number = load_u32(frame, 4);
  report.relay_clock_us = load_u32(frame, 8);
  report.count = std::to_integer<std::size_t>(frame[3]);
  std::size_t at = kReportHeader;
  for (auto& link : std::span(report.links).first(report.count)) {
    link.link = std::to_integer<std::uint8_t>(frame[at]);
    link.highest = load_u32(frame, at + 4);
    link.highest_arrived_us = load_u32(frame, at + 8);
    link.packets = load_u32(frame, at + 12);
    link.bytes = load_u32(frame, at + 16);
    link.before = {load_u64(frame, at + 20), load_u64(frame, at + 28)};
    at += kReportedLink;
  }
  return report;
}

}  // namespace aegis::bond
