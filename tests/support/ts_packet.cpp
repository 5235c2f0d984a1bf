#include "support/ts_packet.hpp"

#include <algorithm>
#include <cassert>

namespace aegis::test {
namespace {

// Layout: 4 bytes TS header (PID 0x100, payload only), 4 magic, 8 number, 8 time, filler, 4 CRC.
constexpr std::uint32_t kMagic = 0x41545331;
constexpr std::size_t kMagicAt = 4, kNumberAt = 8, kTimeAt = 16, kFillerAt = 24;
constexpr std::size_t kChecksumAt = kTsPacket - 4;

constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320u : 0);
    table[i] = value;
  }
  return table;
}();

std::uint32_t crc32(ByteView data) {
  std::uint32_t value = 0xffffffff;
  for (std::byte b : data) {
    value = (value >> 8) ^ kCrcTable[(value ^ std::to_integer<std::uint32_t>(b)) & 0xff];
  }
  return ~value;
}

}  // namespace

void write_ts_packet(ByteSpan packet, const TsMark& mark) {
  assert(packet.size() == kTsPacket);
  store_u32(packet, 0, 0x47010010u | static_cast<std::uint32_t>(mark.number & 0xf));
  store_u32(packet, kMagicAt, kMagic);
  store_u64(packet, kNumberAt, mark.number);
  store_u64(packet, kTimeAt, static_cast<std::uint64_t>(mark.sent.time_since_epoch().count()));
  auto const filler = static_cast<std::byte>(mark.number * 37);
  std::fill(packet.begin() + kFillerAt, packet.begin() + kChecksumAt, filler);
  store_u32(packet, kChecksumAt, crc32(packet.first(kChecksumAt)));
}

std::optional<TsMark> read_ts_packet(ByteView packet) {
  if (packet.size() != kTsPacket || load_u32(packet, kMagicAt) != kMagic) return std::nullopt;
  if (load_u32(packet, kChecksumAt) != crc32(packet.first(kChecksumAt))) return std::nullopt;
  auto const sent = static_cast<Duration::rep>(load_u64(packet, kTimeAt));
  return TsMark{load_u64(packet, kNumberAt), Time(Duration(sent))};
}

}  // namespace aegis::test
