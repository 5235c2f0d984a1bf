// SRT packets made by hand, for the tests of the bond.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/seq.hpp"

namespace aegis::bond::test {

using Packet = std::vector<std::byte>;

// Of the connection that BondPair's server has accepted.
inline constexpr std::uint32_t kServerSocket = 0x2b2b;

inline Packet srt_data(std::uint32_t seq, bool again = false, std::size_t size = 1332) {
  Packet packet(size);
  store_u32(packet, 0, seq & SeqNo::kMask);
  packet[4] = static_cast<std::byte>(0xc0 | (again ? 0x04 : 0));
  store_u32(packet, 12, kServerSocket);
  return packet;
}

inline Packet srt_control(std::uint16_t type, const std::vector<std::uint32_t>& words,
                          std::uint32_t timestamp = 1) {
  Packet packet(16 + 4 * words.size());
  store_u16(packet, 0, static_cast<std::uint16_t>(0x8000 | type));
  store_u32(packet, 8, timestamp);
  if (type != 0) store_u32(packet, 12, kServerSocket);
  std::size_t at = 16;
  for (std::uint32_t const word : words) {
    store_u32(packet, at, word);
    at += 4;
  }
  return packet;
}

// The server's answer to a conclusion.
inline Packet srt_accepted() {
  return srt_control(0, {5, 0, 1, 1500, 8192, 0xffffffff, kServerSocket, 1, 0, 0, 0, 0});
}

}  // namespace aegis::bond::test
