#include "common/bond/srt_packet.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "common/bond/nak_shaper.hpp"
#include "common/bond/wire.hpp"
#include "unit/common/bond/srt_packets.hpp"

namespace aegis::bond::srt {
namespace {

std::vector<std::byte> control(std::uint16_t type, const std::vector<std::uint32_t>& words) {
  // Header words that would read as a loss range if a parser began in the wrong place.
  auto packet = test::srt_control(type, words, 0x80000005);
  store_u32(packet, 12, 0x00000009);
  return packet;
}

std::vector<LossRange> losses(ByteView nak) {
  std::vector<LossRange> out(kMaxLossRanges);
  out.resize(parse_loss_list(nak, out));
  return out;
}

LossRange range(std::uint32_t first, std::uint32_t last) {
  return {SeqNo(first), SeqNo(last)};
}

}  // namespace

TEST_CASE("the loss list begins behind the 16-byte header", "[srt]") {
  auto const nak = control(3, {7, 0x80000064, 0x6e, 9});
  CHECK(losses(nak) == std::vector{range(7, 7), range(100, 110), range(9, 9)});
}

TEST_CASE("a range may cross the wrap of sequence numbers", "[srt]") {
  auto const nak = control(3, {0x80000000 | 0x7ffffffe, 1});
  CHECK(losses(nak) == std::vector{range(0x7ffffffe, 1)});
}

TEST_CASE("a malformed tail ends the loss list", "[srt]") {
  CHECK(losses(control(3, {5, 0x80000064})) == std::vector{range(5, 5)});      // no end
  CHECK(losses(control(3, {5, 0x80000064, 90})) == std::vector{range(5, 5)});  // backwards
  CHECK(losses(control(3, {0x80000064, 0x80000070})).empty());                 // end with flag
  CHECK(losses(control(3, {})).empty());
}

TEST_CASE("a NAK written again keeps its header and its ranges", "[srt]") {
  auto const nak = control(3, {7, 0x80000064, 0x6e});
  std::vector<std::byte> out(kMaxDatagram);
  out.resize(write_nak(nak, losses(nak), out));
  CHECK(out == nak);
}

TEST_CASE("an ACK gives the next expected number, a full one the round trip", "[srt]") {
  auto const light = parse_ack(control(2, {1000}));
  REQUIRE(light);
  CHECK(light->next_expected == SeqNo(1000));
  CHECK(!light->rtt);
  auto const full = parse_ack(control(2, {1000, 45000, 3000, 8192, 0, 0, 0}));
  REQUIRE(full);
  CHECK(full->rtt == Duration(45ms));
  CHECK(full->rtt_variance == Duration(3ms));
  CHECK(!parse_ack(control(2, {})));
}

TEST_CASE("a conclusion tells initial number, socket and latency", "[srt]") {
  // version 5, encryption 0 / extension flags 1, ISN, MTU, window, type, socket, cookie, address
  // x4, then HSREQ of three words: version, flags, receive | send latency.
  auto const packet = control(0, {5, 1, 0x7ffffff0, 1500, 8192, 0xffffffff, 0xabcd, 1, 0, 0, 0, 0,
                                  (1u << 16) | 3, 0x00010501, 0xbf, (1500u << 16) | 800});
  auto const handshake = parse_handshake(packet);
  REQUIRE(handshake);
  CHECK(handshake->is_conclusion());
  CHECK(handshake->initial_sequence == SeqNo(0x7ffffff0));
  CHECK(handshake->socket_id == 0xabcdu);
  CHECK(handshake->receive_latency == Duration(1500ms));
  CHECK(handshake->send_latency == Duration(800ms));
}

TEST_CASE("handshakes that are short, or lie about their extensions, are survived", "[srt]") {
  CHECK(!parse_handshake(control(0, {5, 1, 2})));
  auto const lying =
      control(0, {5, 1, 1, 1500, 8192, 0xffffffff, 2, 1, 0, 0, 0, 0, (1u << 16) | 900});
  REQUIRE(parse_handshake(lying));
  CHECK(!parse_handshake(lying)->receive_latency);
  auto const induction = control(0, {4, 2, 1, 1500, 8192, 1, 2, 0, 0, 0, 0, 0});
  CHECK(parse_handshake(induction)->is_induction());
}

TEST_CASE("a shutdown is one to our own eyes, for the socket it names", "[srt]") {
  auto const packet = make_shutdown(0x12345678);
  REQUIRE(classify(packet) == DatagramKind::kSrtControl);
  CHECK(control_type(packet) == ControlType::kShutdown);
  CHECK(destination_socket(packet) == 0x12345678);
}

TEST_CASE("the shaper keeps what is confirmed lost and drops the rest", "[srt]") {
  NakShaper shaper;
  auto const nak = control(3, {0x80000064, 0x6e, 200});
  auto const odd =
      shaper.shape(nak, [](SeqNo seq) { return seq.value() != 105 && seq.value() != 200; });
  REQUIRE(odd);
  CHECK(losses(*odd) == std::vector{range(100, 104), range(106, 110)});
  CHECK(!shaper.shape(nak, [](SeqNo) { return false; }));
  auto const all = shaper.shape(nak, [](SeqNo) { return true; });
  REQUIRE(all);
  CHECK(std::vector(all->begin(), all->end()) == nak);
}

TEST_CASE("an absurd NAK is passed on unread instead of walked", "[srt]") {
  NakShaper shaper;
  auto const nak = control(3, {0x80000000, 0x3fffffff});
  int asked = 0;
  auto const shaped = shaper.shape(nak, [&](SeqNo) { return ++asked, false; });
  CHECK(shaped);
  CHECK(asked == 0);
}

}  // namespace aegis::bond::srt
