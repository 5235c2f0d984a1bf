// Golden bytes, written from the description of the protocol, not from our encoder.
#include "common/bond/wire.hpp"

#include <vector>

#include <catch2/catch.hpp>

namespace aegis::bond {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (int const v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

std::vector<std::byte> of(ByteView view) {
  return {view.begin(), view.end()};
}

std::vector<std::byte> typed(std::uint16_t type, std::size_t size) {
  std::vector<std::byte> out(size);
  store_u16(out, 0, type);
  return out;
}

GroupToken counting_token() {
  GroupToken id;
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::byte>(i);
  return id;
}

}  // namespace

TEST_CASE("an ACK lists ten sequence numbers in 44 bytes", "[wire]") {
  std::vector<SeqNo> arrived;
  for (std::uint32_t i = 0; i < 10; ++i) arrived.emplace_back(0x7ffffff8u + i);
  Frame const ack = make_ack(arrived);
  auto const expected =
      bytes({0x91, 0x00, 0x00, 0x00,  //
             0x7f, 0xff, 0xff, 0xf8, 0x7f, 0xff, 0xff, 0xf9, 0x7f, 0xff, 0xff,
             0xfa, 0x7f, 0xff, 0xff, 0xfb, 0x7f, 0xff, 0xff, 0xfc, 0x7f, 0xff,
             0xff, 0xfd, 0x7f, 0xff, 0xff, 0xfe, 0x7f, 0xff, 0xff, 0xff,  // then the wrap
             0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01});
  CHECK(of(ack) == expected);
  std::vector<SeqNo> back;
  for_each_acked(ack, [&](SeqNo seq) { back.push_back(seq); });
  CHECK(back == arrived);
}

TEST_CASE("registration frames carry the id behind the type", "[wire]") {
  auto const id = counting_token();
  auto const reg1 = of(make_reg1(id));
  REQUIRE(reg1.size() == 258);
  CHECK(reg1[0] == std::byte{0x92});
  CHECK(reg1[1] == std::byte{0x00});
  CHECK(reg1[2] == std::byte{0});
  CHECK(reg1[257] == std::byte{255});
  CHECK(of(make_reg2(id))[1] == std::byte{0x01});
  CHECK(parse_group_token(reg1) == id);
}

TEST_CASE("short replies are padded to 32 bytes", "[wire]") {
  auto const reg3 = of(make_reg_reply(PacketType::kReg3));
  REQUIRE(reg3.size() == 32);
  CHECK(load_u16(reg3, 0) == 0x9202);
  CHECK(std::all_of(reg3.begin() + 2, reg3.end(), [](std::byte b) { return b == std::byte{0}; }));
  CHECK(load_u16(of(make_reg_reply(PacketType::kRegErr)), 0) == 0x9210);
  CHECK(load_u16(of(make_reg_reply(PacketType::kRegNgp)), 0) == 0x9211);
}

TEST_CASE("the extended keepalive is 38 bytes with telemetry in fixed places", "[wire]") {
  LinkTelemetry const telemetry{.connection_id = 0x01020304,
                                .window = 20000,
                                .in_flight_packets = -1,
                                .rtt_ms = 300,
                                .nak_count = 7,
                                .bytes_per_second = 0x00100000};
  auto const frame = of(make_keepalive(0x1122334455667788, telemetry));
  CHECK(frame ==
        bytes({0x90, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0xc0, 0x1f, 0x00,
               0x01, 0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x4e, 0x20, 0xff, 0xff, 0xff, 0xff,
               0x00, 0x00, 0x01, 0x2c, 0x00, 0x00, 0x00, 0x07, 0x00, 0x10, 0x00, 0x00}));
  auto const parsed = parse_keepalive(frame);
  REQUIRE(parsed.telemetry);
  CHECK(*parsed.telemetry == telemetry);
  CHECK(parsed.timestamp == 0x1122334455667788u);
}

TEST_CASE("keepalives of every known length are understood", "[wire]") {
  CHECK(!parse_keepalive(typed(0x9000, 2)).timestamp);
  CHECK(parse_keepalive(typed(0x9000, 10)).timestamp == 0u);
  CHECK(!parse_keepalive(typed(0x9000, 10)).telemetry);
  auto padded = typed(0x9000, 32);  // zero-padded for carrier NATs: no telemetry in it
  CHECK(!parse_keepalive(padded).telemetry);
  auto wrong_magic = of(make_keepalive(1, {}));
  wrong_magic[10] = std::byte{0};
  CHECK(!parse_keepalive(wrong_magic).telemetry);
  auto wrong_version = of(make_keepalive(1, {}));
  wrong_version[13] = std::byte{2};
  CHECK(!parse_keepalive(wrong_version).telemetry);
}

TEST_CASE("a datagram is classified by its exact type and length", "[wire]") {
  struct Case {
    std::uint16_t type;
    std::size_t size;
    DatagramKind kind;
  };
  auto const c = GENERATE(values<Case>({
      {0x9000, 2, DatagramKind::kSrtla},       {0x9000, 10, DatagramKind::kSrtla},
      {0x9000, 38, DatagramKind::kSrtla},      {0x9100, 44, DatagramKind::kSrtla},
      {0x9100, 8, DatagramKind::kSrtla},       {0x9100, 4, DatagramKind::kJunk},
      {0x9100, 43, DatagramKind::kJunk},       {0x9200, 258, DatagramKind::kSrtla},
      {0x9200, 257, DatagramKind::kJunk},      {0x9200, 259, DatagramKind::kJunk},
      {0x9201, 258, DatagramKind::kSrtla},     {0x9201, 2, DatagramKind::kJunk},
      {0x9202, 2, DatagramKind::kSrtla},       {0x9202, 32, DatagramKind::kSrtla},
      {0x9210, 2, DatagramKind::kSrtla},       {0x9211, 32, DatagramKind::kSrtla},
      {0x9212, 2, DatagramKind::kSrtla},       {0x9203, 258, DatagramKind::kJunk},
      {0x9f00, 32, DatagramKind::kJunk},       {0x8000, 64, DatagramKind::kSrtControl},
      {0x8002, 44, DatagramKind::kSrtControl}, {0x8002, 15, DatagramKind::kJunk},
      {0xffff, 16, DatagramKind::kSrtControl}, {0x8009, 64, DatagramKind::kJunk},
      {0x0000, 16, DatagramKind::kSrtData},    {0x7fff, 1332, DatagramKind::kSrtData},
      {0x0000, 15, DatagramKind::kJunk},       {0x0000, 1501, DatagramKind::kJunk},
  }));
  INFO("type " << std::hex << c.type << " size " << std::dec << c.size);
  CHECK(classify(typed(c.type, c.size)) == c.kind);
}

TEST_CASE("nothing and one byte are junk", "[wire]") {
  CHECK(classify({}) == DatagramKind::kJunk);
  CHECK(classify(bytes({0x90})) == DatagramKind::kJunk);
}

}  // namespace aegis::bond
