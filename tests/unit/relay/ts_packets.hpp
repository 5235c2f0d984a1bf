// MPEG-TS packets by hand: tables, and the starts of pictures.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace aegis::test {

// One TS packet on `pid`; `body` stands after the header.
inline std::string ts_packet(std::uint16_t pid, bool unit_start, bool random_access,
                             std::string body) {
  std::string packet(188, '\xff');
  packet[0] = 0x47;
  packet[1] = static_cast<char>((unit_start ? 0x40 : 0) | (pid >> 8));
  packet[2] = static_cast<char>(pid & 0xff);
  if (random_access) body.insert(0, std::string{'\x01', '\x40'});  // adaptation field
  packet[3] = random_access ? 0x30 : 0x10;
  std::memcpy(packet.data() + 4, body.data(), body.size());
  return packet;
}
inline std::string pat() {
  return ts_packet(
      0, true, false,
      std::string("\x00\x00\xb0\x0d\x00\x01\xc1\x00\x00\x00\x01\xf0\x00", 13) + "crc!");
}
// A PMT with audio on 0x101 and, when asked, video on 0x100.
inline std::string pmt(bool video) {
  std::string streams("\x0f\xe1\x01\xf0\x00", 5);
  if (video) streams += std::string("\x1b\xe1\x00\xf0\x00", 5);
  std::string section("\x00\x02\xb0\x00\x00\x01\xc1\x00\x00\xe1\x00\xf0\x00", 13);
  section[3] = static_cast<char>(9 + streams.size() + 4);
  return ts_packet(0x1000, true, false, section + streams + "crc!");
}

}  // namespace aegis::test
