#include "relay/media_ring.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "common/crypto/digest.hpp"
#include "unit/relay/ts_packets.hpp"

using namespace aegis;
using relay::MediaRing;
using test::pat;
using test::pmt;
using test::ts_packet;

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
