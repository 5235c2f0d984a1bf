#include "relay/ts_splice.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/ts_continuity.hpp"

using namespace aegis;
using relay::TsSplice;

namespace {

constexpr Time kStart{100s};
constexpr std::size_t kTsPacket = 188;

std::string ts_packet(unsigned pid, unsigned counter, bool starts_unit) {
  std::string packet(kTsPacket, 'm');
  packet[0] = 0x47;
  packet[1] = static_cast<char>((starts_unit ? 0x40 : 0) | pid >> 8);
  packet[2] = static_cast<char>(pid & 0xff);
  packet[3] = static_cast<char>(0x10 | counter);
  return packet;
}

std::string pass(TsSplice& splice, const std::string& payload, Time now = kStart) {
  auto const out = splice.pass(std::as_bytes(std::span(payload)), now);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

bool announces(const std::string& packet) {
  return (packet[3] & 0x30) == 0x20 && static_cast<unsigned char>(packet[5]) == 0x80;
}

}  // namespace

TEST_CASE("before any splice everything passes as it is", "[relay][splice]") {
  TsSplice splice;
  auto const media = ts_packet(256, 3, false) + ts_packet(257, 9, true);
  CHECK(pass(splice, media) == media);
}

TEST_CASE("the first packet of each PID is announced once", "[relay][splice]") {
  TsSplice splice;
  splice.begin(kStart);
  auto const video = ts_packet(256, 7, true), audio = ts_packet(257, 0, true);
  auto const out = pass(splice, video + audio + ts_packet(256, 8, false));
  REQUIRE(out.size() == 5 * kTsPacket);
  CHECK(announces(out.substr(0, kTsPacket)));
  CHECK(out.substr(kTsPacket, kTsPacket) == video);
  CHECK(announces(out.substr(2 * kTsPacket, kTsPacket)));
  CHECK(out.substr(3 * kTsPacket, kTsPacket) == audio);
  CHECK(pass(splice, video) == video);
}

TEST_CASE("a reader of counters finds no error across a splice", "[relay][splice]") {
  TsSplice splice;
  test::TsContinuity reader;
  auto const read = [&](const std::string& out) {
    for (std::size_t at = 0; at < out.size(); at += kTsPacket)
      reader.add(std::as_bytes(std::span(out)).subspan(at, kTsPacket));
  };
  read(pass(splice, ts_packet(256, 3, true) + ts_packet(256, 4, false)));
  splice.begin(kStart);
  read(pass(splice, ts_packet(256, 0, true) + ts_packet(256, 1, false)));
  CHECK(reader.packets() == 5);
  CHECK(reader.errors() == 0);
}

TEST_CASE("the rest of a unit that nobody saw begin is left out", "[relay][splice]") {
  TsSplice splice;
  pass(splice, ts_packet(256, 0, true));
  splice.begin(kStart);
  CHECK(pass(splice, ts_packet(256, 4, false)).empty());
  CHECK(pass(splice, ts_packet(256, 5, true)).size() == 2 * kTsPacket);
  // Where units never begin, nothing is a rest.
  CHECK(pass(splice, ts_packet(300, 5, false)).size() == 2 * kTsPacket);
}

TEST_CASE("null packets, what is no MPEG-TS and what comes much later stay as they are",
          "[relay][splice]") {
  TsSplice splice;
  splice.begin(kStart);
  for (auto const& media : {ts_packet(0x1fff, 0, false), std::string(1316, 'x'),
                            ts_packet(256, 0, true).substr(1), std::string()})
    CHECK(pass(splice, media) == media);
  auto const late = ts_packet(256, 0, true);
  CHECK(pass(splice, late, kStart + 10s) == late);
}
