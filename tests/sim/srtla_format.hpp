// SRTLA frames as the stock models write and read them. Kept apart from common/bond/wire on
// purpose.
#pragma once

#include <array>
#include <cstring>

#include "common/base/bytes.hpp"

namespace aegis::sim::srtla {

inline constexpr std::uint16_t kKeepalive = 0x9000, kAck = 0x9100, kReg1 = 0x9200, kReg2 = 0x9201,
                               kReg3 = 0x9202, kRegErr = 0x9210, kRegNgp = 0x9211;
// Between two Aegis ends: an SRT datagram behind a short header.
inline constexpr std::uint16_t kLinkData = 0x9a01;
inline constexpr std::size_t kLinkDataHeader = 8;
inline constexpr std::size_t kRegSize = 258;
inline constexpr std::size_t kAckPackets = 10;

using GroupKey = std::array<std::byte, 256>;

// An SRT packet's first 16 bits never look like one of these.
inline std::uint16_t type_of(ByteView datagram) {
  return datagram.size() < 2 ? std::uint16_t{0} : load_u16(datagram, 0);
}

// The SRT datagram that a datagram on a link is or carries.
inline ByteView srt_inside(ByteView datagram) {
  bool const framed = type_of(datagram) == kLinkData && datagram.size() > kLinkDataHeader;
  return framed ? datagram.subspan(kLinkDataHeader) : datagram;
}

struct Registration {
  std::array<std::byte, kRegSize> bytes{};
  Registration(std::uint16_t type, const GroupKey& key) {
    store_u16(bytes, 0, type);
    std::memcpy(bytes.data() + 2, key.data(), key.size());
  }
};

inline GroupKey key_of(ByteView registration) {
  GroupKey key;
  std::memcpy(key.data(), registration.data() + 2, key.size());
  return key;
}

struct Short {
  std::array<std::byte, 2> bytes{};
  explicit Short(std::uint16_t type) { store_u16(bytes, 0, type); }
};

}  // namespace aegis::sim::srtla
