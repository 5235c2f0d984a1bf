#include "emulator/nat.hpp"

#include <optional>

namespace aegis::emulator {
namespace {

constexpr std::size_t kIpChecksumAt = 10;
constexpr std::size_t kSourceAt = 12;
constexpr std::size_t kDestinationAt = 16;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;

// RFC 1624: HC' = ~(~HC + ~m + m'), for each 16-bit half of the address.
std::uint16_t adjusted(std::uint16_t checksum, std::uint32_t before, std::uint32_t after) {
  std::uint32_t sum = static_cast<std::uint16_t>(~checksum);
  sum += static_cast<std::uint16_t>(~(before >> 16)) + static_cast<std::uint16_t>(~before);
  sum += (after >> 16) + (after & 0xffff);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// Where the transport's checksum stands, which covers the addresses; none in later fragments, and
// none in a UDP packet that does not use it.
std::optional<std::size_t> transport_checksum_at(ByteView packet) {
  bool const later_fragment = (load_u16(packet, 6) & 0x1fff) != 0;
  if (later_fragment) return std::nullopt;
  std::size_t const header = (std::to_integer<std::size_t>(packet[0]) & 0xf) * 4;
  auto const protocol = std::to_integer<unsigned>(packet[9]);
  std::size_t const at = header + (protocol == kTcp ? 16u : 6u);
  if ((protocol != kTcp && protocol != kUdp) || at + 2 > packet.size()) return std::nullopt;
  if (protocol == kUdp && load_u16(packet, at) == 0) return std::nullopt;
  return at;
}

void rewrite(ByteSpan packet, std::size_t at, std::uint32_t from, std::uint32_t to) {
  if (packet.size() < 20 || std::to_integer<unsigned>(packet[0]) >> 4 != 4) return;
  if (load_u32(packet, at) != from) return;
  store_u16(packet, kIpChecksumAt, adjusted(load_u16(packet, kIpChecksumAt), from, to));
  if (auto const where = transport_checksum_at(packet)) {
    std::uint16_t const fixed = adjusted(load_u16(packet, *where), from, to);
    bool const udp = std::to_integer<unsigned>(packet[9]) == kUdp;
    store_u16(packet, *where, udp && fixed == 0 ? std::uint16_t{0xffff} : fixed);
  }
  store_u32(packet, at, to);
}

}  // namespace

void translate_outward(ByteSpan packet, const Nat& nat) {
  rewrite(packet, kSourceAt, nat.inside, nat.outside);
}

void translate_inward(ByteSpan packet, const Nat& nat) {
  rewrite(packet, kDestinationAt, nat.outside, nat.inside);
}

}  // namespace aegis::emulator
