#include "agent/media/ts_framer.hpp"

#include <random>

#include <catch2/catch.hpp>

namespace aegis::agent::media {
namespace {

using Bytes_ = std::vector<std::byte>;

Time at_ms(int ms) {
  return Time(std::chrono::milliseconds(ms));
}

// Packets with random content; sync bytes occur inside as they do in real streams.
Bytes_ make_packets(std::mt19937& random, std::size_t count) {
  Bytes_ all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(std::byte{0x47});
    for (std::size_t k = 1; k < kTsPacket; ++k)
      all.push_back(static_cast<std::byte>(random() & 0xff));
  }
  return all;
}

Bytes_ make_garbage(std::mt19937& random, std::size_t count) {
  Bytes_ all(count);
  for (auto& byte : all) byte = static_cast<std::byte>(random() % 0x47);  // never the sync byte
  return all;
}

void append(Bytes_& to, const Bytes_& from) {
  to.insert(to.end(), from.begin(), from.end());
}

struct Collector {
  Bytes_ bytes;
  std::vector<std::size_t> sizes;
  TsFramer framer{[this](const TsChunk& chunk) {
    sizes.push_back(chunk.size);
    bytes.insert(bytes.end(), chunk.data.begin(), chunk.data.begin() + chunk.size);
  }};
};

}  // namespace

TEST_CASE("a clean stream passes byte for byte, however it is split") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    Bytes_ const stream = make_packets(random, 1 + random() % 60);
    Collector out;
    for (std::size_t at = 0; at < stream.size();) {
      std::size_t const part =
          std::min<std::size_t>(1 + random() % (seed % 2 == 0 ? 40 : 3000), stream.size() - at);
      out.framer.push(ByteView(stream).subspan(at, part), at_ms(0));
      at += part;
    }
    out.framer.finish(at_ms(0));
    CAPTURE(seed);
    REQUIRE((out.bytes == stream));
    CHECK(out.framer.figures().garbage_bytes == 0);
    CHECK(out.framer.figures().packets == stream.size() / kTsPacket);
    for (std::size_t i = 0; i + 1 < out.sizes.size(); ++i) CHECK(out.sizes[i] == kChunkSize);
  }
}

TEST_CASE("garbage before, between and after is left out and counted") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    Bytes_ stream, clean;
    std::size_t garbage = 0;
    for (int part = 0; part < 4; ++part) {
      Bytes_ const junk = make_garbage(random, 1 + random() % 700);
      Bytes_ const packets = make_packets(random, 4 + random() % 20);
      append(stream, junk), append(stream, packets), append(clean, packets);
      garbage += junk.size();
    }
    Collector out;
    for (std::size_t at = 0; at < stream.size();) {
      std::size_t const part = std::min<std::size_t>(1 + random() % 2000, stream.size() - at);
      out.framer.push(ByteView(stream).subspan(at, part), at_ms(0));
      at += part;
    }
    out.framer.finish(at_ms(0));
    CAPTURE(seed);
    REQUIRE((out.bytes == clean));
    CHECK(out.framer.figures().garbage_bytes == garbage);
    CHECK(out.framer.figures().resyncs == 3);
  }
}

TEST_CASE("a sync byte in noise is not taken for a packet") {
  std::mt19937 random(5);
  Bytes_ stream(300, std::byte{0x47});
  for (std::size_t i = 0; i < stream.size(); i += 2) stream[i] = std::byte{0};
  Bytes_ const packets = make_packets(random, 10);
  append(stream, packets);
  Collector out;
  out.framer.push(stream, at_ms(0));
  out.framer.finish(at_ms(0));
  CHECK((out.bytes == packets));
}

TEST_CASE("a chunk that does not fill up leaves in time") {
  std::mt19937 random(1);
  Bytes_ const stream = make_packets(random, 10);
  Collector out;
  CHECK(out.framer.next_flush() == kNever);
  out.framer.push(stream, at_ms(100));
  REQUIRE(out.sizes == std::vector<std::size_t>{kChunkSize});
  Time const due = out.framer.next_flush();
  CHECK(due > at_ms(100));
  CHECK(due <= at_ms(120));
  out.framer.on_timeout(due - 1us);
  CHECK(out.sizes.size() == 1);
  out.framer.on_timeout(due);
  CHECK(out.sizes == std::vector<std::size_t>{kChunkSize, 3 * kTsPacket});
  CHECK(out.framer.next_flush() == kNever);
}

TEST_CASE("a packet cut off by the end is not passed on") {
  std::mt19937 random(2);
  Bytes_ const stream = make_packets(random, 5);
  Collector out;
  out.framer.push(ByteView(stream).first(5 * kTsPacket - 20), at_ms(0));
  out.framer.finish(at_ms(0));
  CHECK(out.bytes.size() == 4 * kTsPacket);
  CHECK(out.framer.figures().garbage_bytes == kTsPacket - 20);
}

}  // namespace aegis::agent::media
