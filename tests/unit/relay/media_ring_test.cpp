#include "relay/media_ring.hpp"

#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include "common/crypto/digest.hpp"

using namespace aegis;
using relay::MediaRing;

namespace {

constexpr Time kStart{1s};

void push(MediaRing& ring, std::string_view text, Time now) {
  ring.push(std::as_bytes(std::span(text)), now);
}

std::string text_at(const MediaRing& ring, MediaRing::Position position) {
  auto const bytes = ring.at(position);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads everything from `position` on into one string.
std::string read_all(const MediaRing& ring, MediaRing::Position& position) {
  std::string all;
  for (; position < ring.next(); ++position) all += text_at(ring, position);
  return all;
}

// One TS packet on `pid`; `body` stands after the header.
std::string ts_packet(std::uint16_t pid, bool unit_start, bool random_access, std::string body) {
  std::string packet(188, '\xff');
  packet[0] = 0x47;
  packet[1] = static_cast<char>((unit_start ? 0x40 : 0) | (pid >> 8));
  packet[2] = static_cast<char>(pid & 0xff);
  if (random_access) body.insert(0, std::string{'\x01', '\x40'});  // adaptation field
  packet[3] = random_access ? 0x30 : 0x10;
  std::memcpy(packet.data() + 4, body.data(), body.size());
  return packet;
}
std::string pat() {
  return ts_packet(
      0, true, false,
      std::string("\x00\x00\xb0\x0d\x00\x01\xc1\x00\x00\x00\x01\xf0\x00", 13) + "crc!");
}
// A PMT with audio on 0x101 and, when asked, video on 0x100.
std::string pmt(bool video) {
  std::string streams("\x0f\xe1\x01\xf0\x00", 5);
  if (video) streams += std::string("\x1b\xe1\x00\xf0\x00", 5);
  std::string section("\x00\x02\xb0\x00\x00\x01\xc1\x00\x00\xe1\x00\xf0\x00", 13);
  section[3] = static_cast<char>(9 + streams.size() + 4);
  return ts_packet(0x1000, true, false, section + streams + "crc!");
}

}  // namespace

TEST_CASE("two readers of one ring get equal bytes") {
  MediaRing ring;
  MediaRing::Position fast = ring.start();
  MediaRing::Position slow = ring.start();
  std::string sent;
  std::string by_fast;
  std::string by_slow;
  for (int i = 0; i < 500; ++i) {
    auto const text = std::to_string(i) + ";";
    push(ring, text, kStart + i * 1ms);
    sent += text;
    by_fast += read_all(ring, fast);
    if (i % 100 == 99) by_slow += read_all(ring, slow);
  }
  CHECK(by_fast == sent);
  CHECK(by_slow == sent);
}

TEST_CASE("the ring keeps what is younger than its span and uses the rest again") {
  MediaRing ring({.most = Bytes(4'000'000), .keep = 1s});
  for (int i = 0; i < 20'000; ++i) push(ring, "x", kStart + i * 5ms);
  CHECK(ring.next() - ring.oldest() >= 200);
  CHECK(ring.next() - ring.oldest() <= 200 + 2 * MediaRing::kChunkSlots);
  CHECK(ring.memory() < Bytes(500'000));
}

TEST_CASE("memory stops at the bound, and a lapped reader loses only its own packets") {
  MediaRing ring({.most = Bytes(500'000), .keep = 1s});
  MediaRing::Position slow = ring.start();
  MediaRing::Position fast = ring.start();
  for (int i = 0; i < 2000; ++i) {
    push(ring, std::to_string(i), kStart);
    CHECK(ring.catch_up(fast) == 0);
    CHECK(text_at(ring, fast++) == std::to_string(i));
  }
  CHECK(ring.memory() <= Bytes(500'000));
  CHECK(ring.oldest() > 0);
  CHECK(ring.catch_up(slow) == 2000);  // nothing in here is a place to begin
  CHECK(slow == ring.next());
  push(ring, "new", kStart);
  CHECK(ring.catch_up(slow) == 0);
  CHECK(text_at(ring, slow) == "new");
}

TEST_CASE("a new reader begins at the tables before the last key frame") {
  MediaRing ring;
  CHECK(ring.start() == 0);
  push(ring, pat() + pmt(true), kStart);                          // 0
  push(ring, ts_packet(0x100, true, true, "key frame"), kStart);  // 1
  CHECK(ring.start() == 0);
  push(ring, ts_packet(0x100, true, false, "other"), kStart);  // 2
  push(ring, ts_packet(0x101, true, true, "audio"), kStart);   // 3: not the video's
  push(ring, pat(), kStart);                                   // 4
  push(ring, pmt(true), kStart);                               // 5
  CHECK(ring.start() == 0);
  push(ring, ts_packet(0x100, true, true, "key frame"), kStart);  // 6
  CHECK(ring.start() == 4);

  SECTION("but not in what a publisher left behind") {
    ring.end_of_media();
    CHECK(ring.start() == ring.next());
  }
  SECTION("which are kept beyond the span") {
    for (int i = 0; i < 500; ++i) push(ring, ts_packet(0x100, false, false, ""), kStart + i * 20ms);
    CHECK(ring.start() == 4);
  }
  SECTION("but never beyond the bound of memory") {
    for (int i = 0; i < 5000; ++i) push(ring, "x", kStart);
    CHECK(ring.start() == ring.next());
  }
}

TEST_CASE("without video any frame that stands on its own is a place to begin") {
  MediaRing ring;
  push(ring, ts_packet(0x101, true, true, "audio"), kStart);
  CHECK(ring.start() == ring.next());  // no map yet
  push(ring, pat() + pmt(false), kStart);
  push(ring, ts_packet(0x101, true, true, "audio"), kStart);
  CHECK(ring.start() == 1);
}

TEST_CASE("a packet too large for players becomes two") {
  MediaRing ring;
  std::string const large = std::string(1316, 'a') + std::string(140, 'b');
  push(ring, large, kStart);
  CHECK(ring.next() == 2);
  MediaRing::Position reader = 0;
  CHECK(read_all(ring, reader) == large);
}

TEST_CASE("what is not MPEG-TS passes untouched") {
  MediaRing ring;
  std::string const junk(1316, '\x47');
  push(ring, junk, kStart);
  push(ring, pat().substr(0, 100), kStart);
  CHECK(text_at(ring, 0) == junk);
  CHECK(ring.start() == ring.next());
}

TEST_CASE("dropping the packets frees the memory and keeps the positions") {
  MediaRing ring;
  for (int i = 0; i < 100; ++i) push(ring, "x", kStart);
  MediaRing::Position reader = 40;
  ring.drop_packets();
  CHECK(ring.memory() == Bytes(0));
  CHECK(ring.catch_up(reader) == 60);
  push(ring, "y", kStart);
  CHECK(text_at(ring, reader) == "y");
}
