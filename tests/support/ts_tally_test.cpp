#include "support/ts_tally.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/json_checks.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"
#include "support/relay_and_rig.hpp"
#include "support/temp_dir.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

const Time kStart{Duration(1'000'000)};

std::vector<std::byte> packets(const std::vector<std::uint64_t>& numbers, Time sent) {
  std::vector<std::byte> bytes(numbers.size() * kTsPacket);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    write_ts_packet(ByteSpan(bytes).subspan(i * kTsPacket, kTsPacket), {numbers[i], sent});
  }
  return bytes;
}

}  // namespace

TEST_CASE("A counted packet is valid MPEG-TS and survives the trip, but no damage") {
  auto packet = packets({0x123456789a}, kStart);
  CHECK(std::to_integer<int>(packet[0]) == 0x47);
  auto const mark = read_ts_packet(packet);
  REQUIRE(mark);
  CHECK((mark->number == 0x123456789a && mark->sent == kStart));
  for (std::size_t at : {1u, 9u, 20u, 100u, 187u}) {
    auto damaged = packet;
    damaged[at] ^= std::byte{1};
    CHECK_FALSE(read_ts_packet(damaged));
  }
}

TEST_CASE("Lost, doubled and reordered packets are told apart") {
  TsTally tally;
  tally.add(packets({5, 6, 8, 7, 6, 11}, kStart), kStart + 10ms);
  CHECK(tally.unique() == 5);
  CHECK((tally.first() == 5 && tally.last() == 11));
  CHECK(tally.lost() == 2);
  CHECK(tally.duplicated() == 1);
  CHECK(tally.reordered() == 1);
  CHECK(tally.damaged() == 0);
}

TEST_CASE("Continuity is judged per PID, and what the standard allows is no error") {
  TsContinuity continuity;
  auto add = [&](std::uint32_t pid, std::uint32_t counter, bool announced = false) {
    std::vector<std::byte> packet(kTsPacket);
    store_u32(packet, 0, 0x47000010u | pid << 8 | (announced ? 0x20u : 0u) | counter);
    if (announced) store_u16(packet, 4, 0x0180);
    continuity.add(packet);
  };
  for (std::uint32_t counter : {14u, 15u, 0u, 1u, 1u, 2u}) add(256, counter);
  for (std::uint32_t counter : {5u, 6u}) add(257, counter);
  add(257, 9, true);
  for (std::uint32_t counter : {3u, 7u}) add(0x1fff, counter);
  CHECK(continuity.errors() == 0);
  add(256, 4);  // 3 is missing
  CHECK(continuity.errors() == 1);
  add(256, 4);
  add(256, 4);  // a second repetition
  CHECK(continuity.errors() == 2);
  CHECK(continuity.packets() == 14);
}

TEST_CASE("The byte stream may be cut anywhere, and rubbish is stepped over") {
  TsTally tally;
  auto bytes = packets({0, 1, 2, 3}, kStart);
  bytes.insert(bytes.begin() + 2 * kTsPacket, 3, std::byte{0});
  for (std::size_t at = 0; at < bytes.size(); at += 100) {
    tally.add(ByteView(bytes).subspan(at, std::min<std::size_t>(100, bytes.size() - at)), kStart);
  }
  CHECK(tally.unique() == 4);
  CHECK(tally.lost() == 0);
  CHECK(tally.damaged() == 1);
}

TEST_CASE("Gaps and latencies come out in milliseconds") {
  TsTally tally;
  for (std::uint64_t i = 0; i < 100; ++i) {
    Time const sent = kStart + static_cast<int>(i) * 10ms;
    Duration const on_the_way = static_cast<int>(i + 1) * 1ms;  // the gaps are 11 ms
    tally.add(packets({i}, sent), sent + on_the_way);
  }
  auto const account = nlohmann::json::parse(tally.json());
  CHECK(account["longest_gap_ms"] == Approx(11));
  CHECK(account["latency_ms"]["p50"] == Approx(50).margin(1));
  CHECK(account["latency_ms"]["p95"] == Approx(95).margin(1));
  CHECK(account["latency_ms"]["max"] == Approx(100));
}

TEST_CASE("Source and sink agree about every packet, at the rate asked for") {
  TempDir folder;
  PipeEnds pipe = make_pipe();
  Process sink({{ts_sink_program()}, "sink", nullptr, {}, std::move(pipe.read)}, folder.path());
  Process source(source_command("8M", "2s", std::move(pipe.write)), folder.path());
  REQUIRE(source.wait(10s) == 0);
  REQUIRE(sink.wait(5s) == 0);
  auto const sent = account_of(source.err());
  auto const account = account_of(sink.out());
  CHECK(sent["sent"] == Approx(8e6 * 2 / 8 / 188).margin(7));
  CHECK(account["received"] == sent["sent"]);
  CHECK(account["lost"] == 0);
  CHECK(account["latency_ms"]["p50"].get<double>() < 10);
}
