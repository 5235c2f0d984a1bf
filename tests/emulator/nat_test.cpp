#include "emulator/nat.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace aegis;
using namespace aegis::emulator;

namespace {

constexpr std::uint32_t kInside = 0xc0a80864;   // 192.168.8.100
constexpr std::uint32_t kOutside = 0x0a000102;  // 10.0.1.2
constexpr std::uint32_t kRelay = 0x0a630001;    // 10.99.0.1

std::uint16_t ones_complement(ByteView data, std::uint32_t sum) {
  for (std::size_t i = 0; i + 1 < data.size(); i += 2) sum += load_u16(data, i);
  if (data.size() % 2 == 1) sum += std::to_integer<unsigned>(data.back()) << 8;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::uint32_t pseudo_header(ByteView packet) {
  std::uint32_t sum = 17 + static_cast<std::uint32_t>(packet.size() - 20);
  for (std::size_t at = 12; at < 20; at += 2) sum += load_u16(packet, at);
  return sum;
}

// An IPv4 UDP packet with both checksums right, computed the long way.
std::vector<std::byte> udp_packet(std::uint32_t from, std::uint32_t to, std::size_t payload) {
  std::vector<std::byte> packet(28 + payload);
  store_u16(packet, 0, 0x4500);
  store_u16(packet, 2, static_cast<std::uint16_t>(packet.size()));
  store_u16(packet, 8, 0x4011);
  store_u32(packet, 12, from);
  store_u32(packet, 16, to);
  store_u16(packet, 20, 1000);
  store_u16(packet, 22, 5000);
  store_u16(packet, 24, static_cast<std::uint16_t>(8 + payload));
  for (std::size_t i = 28; i < packet.size(); ++i) packet[i] = static_cast<std::byte>(i * 7);
  store_u16(packet, 10, ones_complement(ByteView(packet).first(20), 0));
  store_u16(packet, 26, ones_complement(ByteView(packet).subspan(20), pseudo_header(packet)));
  return packet;
}

}  // namespace

TEST_CASE("Translation gives the packet that the other address would have sent") {
  Nat const nat{kInside, kOutside};
  for (std::size_t payload : {0u, 1u, 37u, 1200u}) {
    auto packet = udp_packet(kInside, kRelay, payload);
    translate_outward(packet, nat);
    CHECK(packet == udp_packet(kOutside, kRelay, payload));
    auto answer = udp_packet(kRelay, kOutside, payload);
    translate_inward(answer, nat);
    CHECK(answer == udp_packet(kRelay, kInside, payload));
  }
}

TEST_CASE("What is not the link's own address passes untouched") {
  Nat const nat{kInside, kOutside};
  auto packet = udp_packet(kRelay, kInside, 10);
  auto const before = packet;
  translate_outward(packet, nat);
  CHECK(packet == before);
  std::vector<std::byte> runt(19, std::byte{0x45});
  translate_inward(runt, nat);
  CHECK(runt == std::vector<std::byte>(19, std::byte{0x45}));
}
