#include "bench/load/program.hpp"

#include <cassert>
#include <cstring>
#include <initializer_list>

namespace aegis::bench {
namespace {

constexpr std::size_t kTsPacket = 188;
constexpr std::size_t kNumberAt = sim::kPayload - 8;
constexpr std::uint16_t kPmtPid = 0x1000, kVideoPid = 0x100;

using Bytes8 = std::initializer_list<std::uint8_t>;

// Nobody in the chains that are measured checks a table's CRC; it stays zero.
void write_table(ByteSpan packet, std::uint16_t pid, Bytes8 section) {
  store_u32(packet, 0, 0x47000010u | (static_cast<std::uint32_t>(0x4000 | pid) << 8));
  std::size_t at = 5;
  for (std::uint8_t const byte : section) packet[at++] = std::byte{byte};
  std::fill(packet.begin() + static_cast<std::ptrdiff_t>(at + 4), packet.end(), std::byte{0xff});
}

void write_video(ByteSpan packet, std::size_t index) {
  bool const begins = index == 0;
  store_u32(packet, 0,
            0x47000010u | (static_cast<std::uint32_t>((begins ? 0x4000 : 0) | kVideoPid) << 8) |
                (begins ? 0x20 : 0) | static_cast<std::uint32_t>(index & 0x0f));
  if (begins) store_u16(packet, 4, 0x0140);  // an adaptation field with nothing but its flag
}

}  // namespace

Program::Program(std::size_t datagrams) : group_(datagrams * sim::kPayload) {
  assert(datagrams % 16 == 14);
  ByteSpan const all(group_);
  std::size_t video = 0;
  for (std::size_t at = 2 * kTsPacket; at < all.size(); at += kTsPacket)
    write_video(all.subspan(at, kTsPacket), video++);
  write_table(all.first(kTsPacket), 0,
              {0x00, 0xb0, 0x0d, 0x00, 0x01, 0xc1, 0x00, 0x00, 0x00, 0x01, 0xf0, 0x00});
  write_table(all.subspan(kTsPacket, kTsPacket), kPmtPid,
              {0x02, 0xb0, 0x12, 0x00, 0x01, 0xc1, 0x00, 0x00, 0xe1, 0x00, 0xf0, 0x00, 0x1b, 0xe1,
               0x00, 0xf0, 0x00});
}

void Program::write(std::uint64_t number, ByteSpan payload) const {
  std::size_t const groups = group_.size() / sim::kPayload;
  auto const place = static_cast<std::size_t>(number % groups);
  std::memcpy(payload.data(), group_.data() + place * sim::kPayload, sim::kPayload);
  if (place == 0) {
    auto const continuity = static_cast<std::byte>(number / groups & 0x0f);
    payload[3] |= continuity;
    payload[kTsPacket + 3] |= continuity;
  }
  store_u64(payload, kNumberAt, number);
}

std::uint64_t Program::read_number(ByteView payload) {
  return load_u64(payload, kNumberAt);
}

}  // namespace aegis::bench
