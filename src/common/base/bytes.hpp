// Big-endian views over datagrams: the one place where bytes become numbers and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace aegis {

using ByteView = std::span<const std::byte>;
using ByteSpan = std::span<std::byte>;

// Largest datagram that any part of Aegis sends or accepts, in bytes.
inline constexpr std::size_t kMaxDatagram = 1500;

// Reads at a known offset. The caller has checked the length once; out of range is our bug.
constexpr std::uint16_t load_u16(ByteView data, std::size_t at) {
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(data[at]) << 8) |
                                    std::to_integer<unsigned>(data[at + 1]));
}
constexpr std::uint32_t load_u32(ByteView data, std::size_t at) {
  return (std::uint32_t{load_u16(data, at)} << 16) | load_u16(data, at + 2);
}
constexpr std::uint64_t load_u64(ByteView data, std::size_t at) {
  return (std::uint64_t{load_u32(data, at)} << 32) | load_u32(data, at + 4);
}

constexpr void store_u16(ByteSpan data, std::size_t at, std::uint16_t value) {
  data[at] = static_cast<std::byte>(value >> 8);
  data[at + 1] = static_cast<std::byte>(value & 0xff);
}
constexpr void store_u32(ByteSpan data, std::size_t at, std::uint32_t value) {
  store_u16(data, at, static_cast<std::uint16_t>(value >> 16));
  store_u16(data, at + 2, static_cast<std::uint16_t>(value & 0xffff));
}
constexpr void store_u64(ByteSpan data, std::size_t at, std::uint64_t value) {
  store_u32(data, at, static_cast<std::uint32_t>(value >> 32));
  store_u32(data, at + 4, static_cast<std::uint32_t>(value & 0xffffffff));
}

}  // namespace aegis
