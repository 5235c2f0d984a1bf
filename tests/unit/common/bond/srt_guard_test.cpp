#include "common/bond/srt_guard.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "common/bond/wire.hpp"
#include "unit/common/bond/srt_packets.hpp"

namespace aegis::bond::srt {
namespace {

using test::Packet;
using Words = std::vector<std::uint32_t>;

constexpr std::uint16_t kUser = 0x7fff;

Packet control(std::uint16_t type, const Words& body, std::uint16_t subtype = 0) {
  Packet packet = test::srt_control(type, body);
  store_u16(packet, 2, subtype);
  return packet;
}

Packet data(std::size_t size) {
  Packet packet(size);
  store_u32(packet, 4, 0xe0000001);
  return packet;
}

bool rig_may(const Packet& packet) {
  return Guard().passes(packet, Side::kPublisher);
}
bool server_may(const Packet& packet) {
  return Guard().passes(packet, Side::kServer);
}

// The same from either side once the server has sent media.
bool both_may(const Packet& packet) {
  Guard guard;
  guard.passes(data(100), Side::kServer);
  return guard.passes(packet, Side::kPublisher) && guard.passes(packet, Side::kServer);
}

// A handshake's fixed part: version, encryption | extension field, sequence, MTU, window, type,
// socket, cookie, address.
struct Handshake48 {
  std::uint32_t version = 5, field = 5, sequence = 77, mtu = 1500, window = 8192, type = 0xffffffff,
                socket = 0x2a2b2c2d;
  Words words() const {
    return {version, field, sequence, mtu, window, type, socket, 0xc00c1e, 0x0100007f, 0, 0, 0};
  }
};

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Packet handshake(const Handshake48& fixed, const Words& extensions = {}) {
  return control(0, fixed.words() + extensions);
}

// AES-128, one key: header 16, salt 16, key 16 + 8.
const Words kKm{0x12202901, 0, 0x02000200, 0x00000404, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
const Words kHsReq{1u << 16 | 3, 0x00010501, 0xbf, 0x07d007d0};
const Words kHsRsp{2u << 16 | 3, 0x00010501, 0xbf, 0x07d007d0};
const Words kSid{5u << 16 | 2, 0x61626364, 0x65666768};

}  // namespace

TEST_CASE("a data packet carries something and fits into SRT's MTU", "[guard]") {
  CHECK(rig_may(data(17)));
  CHECK(rig_may(data(1332)));
  CHECK(rig_may(data(kMaxPacket)));
  CHECK_FALSE(rig_may(data(16)));
  CHECK_FALSE(rig_may(data(kMaxPacket + 1)));
}

TEST_CASE("each control packet passes from the side that sends it", "[guard]") {
  struct Row {
    const char* name;
    Packet packet;
    bool from_rig, from_server;
  };
  std::vector<Row> const rows{
      {"keepalive", control(1, {}), true, true},
      {"padded keepalive", control(1, {0}), true, true},
      {"shutdown", control(5, {0}), true, true},
      {"light ACK", control(2, {1000}), false, true},
      {"small ACK", control(2, {1000, 1, 2, 3}), false, true},
      {"full ACK", control(2, {1000, 1, 2, 3, 4, 5, 6}), false, true},
      {"NAK", control(3, {7, 0x80000064, 0x6e}), false, true},
      {"congestion warning", control(4, {}), false, true},
      {"peer error", control(8, {4000}), false, true},
      {"ACKACK", control(6, {0}), true, false},
      {"drop request", control(7, {100, 110}), true, false},
      {"HSREQ of version 4", control(kUser, {0x10501, 0xbf, 0x07d007d0}, 1), true, false},
      {"HSRSP of version 4", control(kUser, {0x10501, 0xbf, 0x07d007d0}, 2), false, true},
      {"new key", control(kUser, kKm, 3), true, false},
      {"answer to a key", control(kUser, kKm, 4), false, true},
      {"refusal of a key", control(kUser, {3}, 4), false, true}};
  for (auto const& row : rows) {
    INFO(row.name);
    CHECK(rig_may(row.packet) == row.from_rig);
    CHECK(server_may(row.packet) == row.from_server);
    CHECK(both_may(row.packet));
    for (std::size_t const more : {1, 2, 64}) {
      Packet longer = row.packet;
      longer.resize(longer.size() + more);
      bool const is_list = row.name == std::string_view("NAK");  // grows by what it lists
      CHECK((both_may(longer) && !is_list) == false);
    }
  }
}

TEST_CASE("what is no control packet of SRT's does not pass", "[guard]") {
  for (std::uint16_t const type : std::initializer_list<std::uint16_t>{9, 10, 0x0fff, 0x7ffe})
    CHECK_FALSE(both_may(control(type, {})));
  for (std::uint16_t const subtype : std::initializer_list<std::uint16_t>{0, 5, 9, 0xffff})
    CHECK_FALSE(both_may(control(kUser, kKm, subtype)));
}

TEST_CASE("an ACK has one of the lengths of an ACK and a sequence number", "[guard]") {
  for (std::size_t const words : {0, 2, 3, 9, 100})
    CHECK_FALSE(server_may(control(2, Words(words))));
  CHECK_FALSE(server_may(control(2, {0x80000000})));
}

TEST_CASE("a loss list is whole and runs forwards", "[guard]") {
  CHECK(server_may(control(3, {0x80000000 | 0x7ffffffe, 1})));  // over the wrap
  CHECK(server_may(control(3, {0x80000005, 5})));
  CHECK(server_may(control(3, Words(364, 9))));  // as long as a packet can be
  CHECK_FALSE(server_may(control(3, Words(365, 9))));
  CHECK_FALSE(server_may(control(3, {})));
  CHECK_FALSE(server_may(control(3, {5, 0x80000064})));           // no end
  CHECK_FALSE(server_may(control(3, {0x80000064, 99})));          // backwards
  CHECK_FALSE(server_may(control(3, {0x80000064, 0x80000070})));  // an end is a plain number
  CHECK_FALSE(server_may(control(3, {0x80000000, 0x10000})));     // too wide
  CHECK(server_may(control(3, {0x80000000, 0xffff})));
  Packet odd = control(3, {5, 6});
  odd.resize(odd.size() - 2);
  CHECK_FALSE(server_may(odd));
}

TEST_CASE("a drop request names a span of packets that can be", "[guard]") {
  CHECK(rig_may(control(7, {0x7ffffffe, 3})));
  CHECK(rig_may(control(7, {5, 5})));
  CHECK_FALSE(rig_may(control(7, {5, 4})));
  CHECK_FALSE(rig_may(control(7, {0, 0x10000})));
  CHECK_FALSE(rig_may(control(7, {0, 0x7fffffff})));
  CHECK_FALSE(rig_may(control(7, {0x80000005, 6})));
  CHECK_FALSE(rig_may(control(7, {5, 0x80000006})));
  CHECK_FALSE(rig_may(control(7, {5})));
}

TEST_CASE("key material has the length that its own header gives", "[guard]") {
  auto const key = [](std::uint32_t first, std::uint32_t lengths, std::size_t words) {
    Words km(words);
    km[0] = first;
    km[3] = lengths;
    return control(kUser, km, 3);
  };
  CHECK(rig_may(key(0x12202902, 0x0404, 14)));
  CHECK(rig_may(key(0x12202901, 0x0406, 16)));
  CHECK(rig_may(key(0x12202903, 0x0408, 26)));        // two of 256 bits: the longest there is
  CHECK_FALSE(rig_may(key(0x12202903, 0x0408, 27)));  // one word more overflows in old SRT
  CHECK_FALSE(rig_may(key(0x12202903, 0x0408, 360)));
  CHECK_FALSE(rig_may(key(0x12202903, 0x0408, 25)));
  CHECK_FALSE(rig_may(key(0x12202900, 0x0404, 10)));  // no key
  CHECK_FALSE(rig_may(key(0x12202901, 0x0404, 18)));
  CHECK_FALSE(rig_may(key(0x12202901, 0x0410, 26)));  // 512 bits
  CHECK_FALSE(rig_may(key(0x12202901, 0x0804, 18)));  // a salt that is too long
  CHECK_FALSE(rig_may(key(0x11202901, 0x0404, 14)));
  CHECK_FALSE(rig_may(key(0x12202a01, 0x0404, 14)));
  CHECK_FALSE(rig_may(control(kUser, {}, 3)));
  CHECK_FALSE(rig_may(control(kUser, {1}, 3)));
  CHECK_FALSE(server_may(control(kUser, {}, 4)));
  CHECK_FALSE(server_may(control(kUser, {1, 2}, 4)));
}

TEST_CASE("the handshake of a publisher and its answers pass", "[guard]") {
  Handshake48 const call{.version = 4, .field = 2, .type = 1};
  CHECK(rig_may(handshake(call)));
  CHECK(server_may(handshake({.version = 5, .field = 0x4a17, .type = 1})));
  Words const km = Words{3u << 16 | 14} + kKm;
  CHECK(rig_may(handshake({.field = 7}, kHsReq + km + kSid)));
  CHECK(rig_may(handshake({.field = 0x00020007}, kHsReq + km + kSid)));
  CHECK(rig_may(handshake({.version = 4, .field = 2})));
  CHECK(server_may(handshake({.field = 3}, kHsRsp + Words{4u << 16 | 14} + kKm)));
  CHECK(server_may(handshake({.field = 3}, kHsRsp + Words{4u << 16 | 1, 3})));
  CHECK(server_may(handshake({.type = 1002})));
  CHECK(rig_may(handshake({.field = 5}, kHsReq + Words{9u << 16 | 1, 7})));  // newer than we are
}

TEST_CASE("a publisher calls the listening socket and nobody else's", "[guard]") {
  Packet packet = handshake({.field = 1}, kHsReq);
  REQUIRE(rig_may(packet));
  store_u32(packet, 12, 5);
  CHECK_FALSE(rig_may(packet));
}

TEST_CASE("a handshake of another kind, or of figures that cannot be, does not pass", "[guard]") {
  for (std::uint32_t const type : {0u, 2u, 999u, 1002u, 0xfffffffeu, 0x80000000u})
    CHECK_FALSE(rig_may(handshake({.field = 0, .type = type})));
  CHECK_FALSE(rig_may(handshake({.version = 3, .field = 0})));
  CHECK_FALSE(rig_may(handshake({.version = 6, .field = 0})));
  CHECK_FALSE(rig_may(handshake({.field = 0, .sequence = 0x80000000})));
  CHECK_FALSE(rig_may(handshake({.version = 4, .field = 2, .sequence = 0x80000000, .type = 1})));
  for (std::uint32_t const mtu : {0u, 28u, 575u, 0x10000u, 0xffffffffu})
    CHECK_FALSE(rig_may(handshake({.field = 0, .mtu = mtu})));
  for (std::uint32_t const window : {0u, 15u, 0x80000000u, 0xffffffffu})
    CHECK_FALSE(rig_may(handshake({.field = 0, .window = window})));
  CHECK_FALSE(rig_may(handshake({.field = 0x00050000})));
  CHECK_FALSE(rig_may(handshake({.field = 0, .socket = 0})));
  Packet cut = handshake({.field = 0});
  cut.resize(63);
  CHECK_FALSE(rig_may(cut));
}

TEST_CASE("extensions fill the handshake exactly", "[guard]") {
  CHECK_FALSE(rig_may(handshake({.field = 1}, {1u << 16 | 3, 1, 2})));
  CHECK_FALSE(rig_may(handshake({.field = 1}, kHsReq + Words{5u << 16 | 900})));
  CHECK_FALSE(rig_may(handshake({.field = 1}, kHsReq + kHsReq)));
  CHECK_FALSE(rig_may(handshake({.field = 0}, kHsReq)));
  CHECK_FALSE(rig_may(handshake({.version = 4, .field = 2}, kHsReq)));
  CHECK_FALSE(rig_may(handshake({.version = 4, .field = 2, .type = 1}, kHsReq)));
  Packet odd = handshake({.field = 1}, kHsReq);
  odd.resize(odd.size() + 2);
  CHECK_FALSE(rig_may(odd));
}

TEST_CASE("extensions are as long as what they hold", "[guard]") {
  auto const with = [](std::uint16_t type, std::size_t words) {
    Words block(1 + words);
    block[0] = static_cast<std::uint32_t>(type << 16) | static_cast<std::uint32_t>(words);
    return handshake({.field = 5}, block);
  };
  CHECK(rig_may(with(5, 128)));
  CHECK_FALSE(rig_may(with(5, 129)));  // a stream id of more than 512 bytes
  CHECK(rig_may(with(6, 1)));
  CHECK_FALSE(rig_may(with(6, 9)));
  CHECK(rig_may(with(7, 128)));
  CHECK_FALSE(rig_may(with(7, 129)));
  CHECK(rig_may(with(8, 2)));
  CHECK_FALSE(rig_may(with(8, 9)));
  CHECK_FALSE(rig_may(with(1, 2)));
  CHECK_FALSE(rig_may(with(1, 4)));
  CHECK_FALSE(rig_may(with(3, 14)));  // zeros are no key
  CHECK_FALSE(rig_may(handshake({.field = 3}, kHsRsp)));
  CHECK_FALSE(rig_may(handshake({.field = 3}, kHsReq + Words{4u << 16 | 1, 3})));
  CHECK_FALSE(server_may(handshake({.field = 3}, kHsReq)));
}

}  // namespace aegis::bond::srt
