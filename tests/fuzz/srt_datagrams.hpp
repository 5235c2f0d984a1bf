// SRT datagrams for the operation fuzzers: well formed where the input does not say otherwise, so
// that the interesting code behind the parsers is reached.
#pragma once

#include <array>

#include "common/bond/srt_packet.hpp"
#include "fuzz/input.hpp"

namespace aegis::fuzz {

struct Datagram {
  std::array<std::byte, kMaxDatagram> data{};
  std::size_t size = 0;
  operator ByteView() const { return ByteView(data).first(size); }  // NOLINT: it is its bytes
};

// Of the connection that srt_accepted() makes.
inline constexpr std::uint32_t kServerSocket = 7;

// Near `base`, so that packets of one input belong together.
inline Datagram srt_data(Input& input, std::uint32_t base) {
  Datagram packet;
  packet.size = 16 + 8 * std::size_t{input.u8()} % 1316;
  std::uint8_t const flags = input.u8();
  store_u32(packet.data, 0, (base + input.u8()) & 0x7fffffff);
  store_u32(packet.data, 4, 0xc0000000u | ((flags & 1) != 0 ? 0x04000000u : 0));
  store_u32(packet.data, 8, input.u16());
  store_u32(packet.data, 12, kServerSocket);
  return packet;
}

inline Datagram srt_control(bond::srt::ControlType type, std::size_t size) {
  Datagram packet;
  packet.size = size;
  store_u32(packet.data, 0, 0x80000000u | static_cast<std::uint32_t>(type) << 16);
  return packet;
}

inline Datagram srt_ack(Input& input, std::uint32_t base) {
  bool const light = (input.u8() & 1) != 0;
  Datagram packet = srt_control(bond::srt::ControlType::kAck, light ? 20 : 44);
  store_u32(packet.data, 4, input.u8());
  store_u32(packet.data, 16, (base + input.u8()) & 0x7fffffff);
  store_u32(packet.data, 20, input.u16());
  return packet;
}

inline Datagram srt_nak(Input& input, std::uint32_t base) {
  std::size_t const ranges = input.u8() % 16;
  Datagram packet = srt_control(bond::srt::ControlType::kNak, 16 + 8 * ranges);
  for (std::size_t i = 0; i < ranges; ++i) {
    std::uint32_t const first = base + input.u8();
    store_u32(packet.data, 16 + 8 * i, first | 0x80000000u);
    store_u32(packet.data, 20 + 8 * i, (first + input.u8()) & 0x7fffffff);
  }
  return packet;
}

inline Datagram srt_conclusion(Input& input, std::uint32_t base) {
  Datagram packet = srt_control(bond::srt::ControlType::kHandshake, 80);
  store_u32(packet.data, 16, 5);
  store_u32(packet.data, 20, 1);
  store_u32(packet.data, 24, base & 0x7fffffff);
  store_u32(packet.data, 28, 1500);
  store_u32(packet.data, 32, 8192);
  store_u32(packet.data, 36, 0xffffffff);
  store_u32(packet.data, 40, 0x100u | input.u8());
  store_u32(packet.data, 64, 0x00010003);
  store_u32(packet.data, 76, input.u32());
  return packet;
}

// The server's answer to it.
inline Datagram srt_accepted() {
  Input nothing(nullptr, 0);
  Datagram packet = srt_conclusion(nothing, 0);
  packet.size = 64;
  store_u32(packet.data, 20, 0);
  store_u32(packet.data, 40, kServerSocket);
  return packet;
}

}  // namespace aegis::fuzz
