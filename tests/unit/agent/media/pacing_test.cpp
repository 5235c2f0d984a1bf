// The two pure clocks of the inputs: a file's timeline and a pipe's pacer.
#include <catch2/catch.hpp>

#include "agent/media/pcr_pacer.hpp"
#include "agent/media/timeline.hpp"

namespace aegis::agent::media {
namespace {

// A chunk of one packet with a PCR.
TsChunk with_pcr(Duration pcr, int pid = 0x100) {
  TsChunk chunk;
  chunk.data.fill(std::byte{0});
  chunk.size = kTsPacket;
  ByteSpan const packet(chunk.data);
  store_u16(packet, 0, 0x4700);
  store_u16(packet, 1, static_cast<std::uint16_t>(pid));
  packet[3] = std::byte{0x30};
  packet[4] = std::byte{7};
  packet[5] = std::byte{0x10};
  auto const base = static_cast<std::uint64_t>(pcr.count() * 9 / 100) & 0x1ffffffffull;
  store_u32(packet, 6, static_cast<std::uint32_t>(base >> 1));
  packet[10] = static_cast<std::byte>((base & 1) << 7);
  return chunk;
}

TsChunk without_pcr() {
  TsChunk chunk;
  chunk.data.fill(std::byte{0});
  chunk.size = kTsPacket;
  chunk.data[0] = std::byte{0x47};
  chunk.data[3] = std::byte{0x10};
  return chunk;
}

Time const kStart{1000s};

}  // namespace

TEST_CASE("a stream that comes all at once is let out at its own pace") {
  PcrPacer pacer;
  for (int i = 0; i <= 100; ++i) {
    Time const due = pacer.due(with_pcr(5s + i * 100ms), kStart);
    Time const ideal = std::max(kStart, kStart + i * 100ms - PcrPacer::kMaxAhead);
    CHECK(due >= ideal - 5ms);
    CHECK(due <= ideal);
    CHECK(pacer.due(without_pcr(), kStart) == due);
  }
}

TEST_CASE("a live stream is never held back, jitter and a fast clock included") {
  PcrPacer pacer;
  for (int i = 0; i < 36000; ++i) {  // an hour, its clock 50 ppm fast
    Time const now = kStart + i * 100ms + ((i * 37) % 11) * 10ms;
    CHECK(pacer.due(with_pcr(i * 100'005us), now) == now);
  }
}

TEST_CASE("a jump or a wrap of the clock does not stall the stream") {
  PcrPacer pacer;
  Duration const wrap((std::int64_t{1} << 33) * 100 / 9);
  Time now = kStart;
  for (int i = 0; i < 20; ++i, now += 100ms)
    CHECK(pacer.due(with_pcr(wrap - 1s + i * 100ms), now) == now);
  for (int i = 0; i < 20; ++i, now += 100ms) CHECK(pacer.due(with_pcr(7h + i * 100ms), now) == now);
  for (int i = 0; i < 20; ++i, now += 100ms) CHECK(pacer.due(with_pcr(1s + i * 100ms), now) == now);
}

TEST_CASE("the clock of a second programme is not mixed in") {
  PcrPacer pacer;
  for (int i = 0; i < 50; ++i) {
    Time const now = kStart + i * 100ms;
    CHECK(pacer.due(with_pcr(i * 100ms, 0x100), now) == now);
    CHECK(pacer.due(with_pcr(2h + i * 900ms, 0x200), now) == now);
  }
}

TEST_CASE("a timeline starts at zero and keeps the distances of the file") {
  Timeline timeline;
  CHECK(timeline.place(1400ms, 33ms) == 0ms);
  CHECK(timeline.place(1433ms, 33ms) == 33ms);
  CHECK(timeline.place(1420ms, 21ms) == 20ms);
  CHECK(timeline.place(3433ms, 33ms) == 2033ms);  // a gap that is the media's own
}

TEST_CASE("rounds of a loop follow each other without a gap or an overlap") {
  Timeline timeline;
  timeline.place(0ms, 40ms);
  timeline.place(960ms, 40ms);
  timeline.place(990ms, 21ms);
  timeline.next_round();
  CHECK(timeline.end() == 1011ms);
  CHECK(timeline.place(0ms, 40ms) == 1011ms);
  CHECK(timeline.place(40ms, 40ms) == 1051ms);
}

TEST_CASE("a jump inside a file is closed") {
  Timeline timeline;
  timeline.place(0ms, 40ms);
  CHECK(timeline.place(26h, 40ms) == 40ms);
  CHECK(timeline.place(26h + 40ms, 40ms) == 80ms);
  CHECK(timeline.place(1s, 40ms) == 120ms);
}

}  // namespace aegis::agent::media
