#include "relay/ts_scan.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace aegis::relay {
namespace {

constexpr std::size_t kTsPacket = 188;
constexpr auto kSync = std::byte{0x47};
constexpr std::uint16_t kPidMask = 0x1fff;

// stream_type of MPEG-1/2 video, MPEG-4, H.264, H.265, JPEG 2000, AVS, H.266, private AV1.
constexpr std::array<std::uint8_t, 8> kVideoTypes{0x01, 0x02, 0x10, 0x1b, 0x24, 0x21, 0x42, 0x33};

struct Header {
  std::uint16_t pid = 0;
  bool unit_start = false;
  bool random_access = false;
  std::size_t payload_at = kTsPacket;  // kTsPacket: no payload
};

std::uint8_t byte_at(ByteView data, std::size_t at) {
  return std::to_integer<std::uint8_t>(data[at]);
}

std::optional<Header> parse_header(ByteView packet) {
  if (packet[0] != kSync) return std::nullopt;
  Header header;
  header.pid = load_u16(packet, 1) & kPidMask;
  header.unit_start = (byte_at(packet, 1) & 0x40) != 0;
  auto const control = byte_at(packet, 3);
  std::size_t at = 4;
  if ((control & 0x20) != 0) {
    std::size_t const length = byte_at(packet, 4);
    if (length > 0) header.random_access = (byte_at(packet, 5) & 0x40) != 0;
    at = 5 + length;
  }
  if ((control & 0x10) != 0) header.payload_at = std::min(at, kTsPacket);
  return header;
}

// The table section that starts in this packet, without its CRC; empty when it does not fit in it.
ByteView section_of(ByteView packet, const Header& header, std::uint8_t table_id) {
  if (!header.unit_start || header.payload_at >= kTsPacket) return {};
  auto const at = header.payload_at + 1 + byte_at(packet, header.payload_at);
  if (at + 3 > kTsPacket || byte_at(packet, at) != table_id) return {};
  std::size_t const length = load_u16(packet, at + 1) & 0x0fff;
  if (length < 9 || at + 3 + length > kTsPacket) return {};
  return packet.subspan(at, 3 + length - 4);
}

}  // namespace

TsScan::Marks TsScan::scan(ByteView payload) {
  Marks marks;
  for (std::size_t at = 0; at + kTsPacket <= payload.size(); at += kTsPacket)
    scan_packet(payload.subspan(at, kTsPacket), marks);
  return marks;
}

void TsScan::scan_packet(ByteView packet, Marks& marks) {
  auto const header = parse_header(packet);
  if (!header) return;
  if (header->pid == 0) {
    auto const section = section_of(packet, *header, 0x00);
    marks.table = marks.table || !section.empty();
    read_pat(section);
  } else if (header->pid == pmt_pid_) {
    read_pmt(section_of(packet, *header, 0x02));
  } else if (header->unit_start && header->random_access && starts_access_point(header->pid)) {
    marks.random_access = true;
  }
}

// The first programme that is not the network's.
void TsScan::read_pat(ByteView section) {
  for (std::size_t at = 8; at + 4 <= section.size(); at += 4) {
    if (load_u16(section, at) == 0) continue;
    pmt_pid_ = load_u16(section, at + 2) & kPidMask;
    return;
  }
}

void TsScan::read_pmt(ByteView section) {
  if (section.size() < 12) return;
  has_map_ = true;
  video_pid_ = kNoPid;
  std::size_t at = 12 + std::size_t{load_u16(section, 10)} % 0x1000;
  for (; at + 5 <= section.size(); at += 5 + std::size_t{load_u16(section, at + 3)} % 0x1000) {
    auto const type = byte_at(section, at);
    if (std::find(kVideoTypes.begin(), kVideoTypes.end(), type) == kVideoTypes.end()) continue;
    video_pid_ = load_u16(section, at + 1) & kPidMask;
    return;
  }
}

bool TsScan::starts_access_point(std::uint16_t pid) const {
  if (!has_map_) return false;
  return video_pid_ == kNoPid || pid == video_pid_;
}

}  // namespace aegis::relay
