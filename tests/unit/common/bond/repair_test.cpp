// Both ends Aegis: link frames, arrival reports, and losses that the bond mends by itself.
#include <numeric>

#include <catch2/catch.hpp>

#include "common/bond/repair_buffer.hpp"
#include "common/bond/window_extreme.hpp"
#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

std::vector<std::uint32_t> run_of(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> out(count);
  std::iota(out.begin(), out.end(), first);
  return out;
}

// The SRT data packet within a link frame; nothing for anything else.
std::optional<std::uint32_t> framed_sequence(const Packet& packet) {
  if (packet.size() < 1000 || load_u16(packet, 0) != 0x9a01) return std::nullopt;
  return load_u32(packet, kLinkFrameHeader);
}

std::size_t answers_of_type(const BondPair& bond, std::uint32_t link, std::uint16_t type) {
  auto const found = bond.answers.find(LinkId{link});
  if (found == bond.answers.end()) return 0;
  return static_cast<std::size_t>(
      std::count_if(found->second.begin(), found->second.end(),
                    [&](const Packet& p) { return load_u16(p, 0) == type; }));
}

}  // namespace

TEST_CASE("two Aegis ends agree on link frames and report arrivals", "[bond][repair]") {
  BondPair bond({20ms, 40ms}, kOurCapabilities);
  bond.run_for(200ms);
  CHECK(bond.sender.figures(bond.now).aegis_peer);
  bond.stream(1, 500, 1ms);
  bond.run_for(200ms);
  CHECK(bond.sequences_at_server() == run_of(1, 500));
  CHECK(answers_of_type(bond, 1, 0x9100) == 0);  // no SRTLA acknowledgement
  CHECK(answers_of_type(bond, 1, 0x9a02) > 20);
  auto const link = bond.sender.figures(bond.now).links.at(0);
  CHECK(link.in_flight.count() == 0);  // every single packet was reported, the last one too
  CHECK(link.min_rtt == Duration(40ms));
}

TEST_CASE("either end alone makes plain SRTLA of it", "[bond][repair]") {
  struct Half {
    std::uint32_t sender, receiver;
  };
  auto const half = GENERATE(Half{kOurCapabilities, 0}, Half{0, kOurCapabilities});
  BondPair bond({20ms}, half.sender, half.receiver);
  bond.run_for(200ms);
  bond.stream(1, 100, 1ms);
  bond.run_for(100ms);
  CHECK(!bond.sender.figures(bond.now).aegis_peer);
  CHECK(bond.sequences_at_server() == run_of(1, 100));
  CHECK(answers_of_type(bond, 1, 0x9100) == 10);
}

TEST_CASE("what a link had in flight when it went away is sent over another at once",
          "[bond][repair]") {
  auto const fails = GENERATE(true, false);  // the kernel refuses it, or the shell takes it away
  BondPair bond({50ms, 60ms}, kOurCapabilities);
  bond.run_for(300ms);
  bond.stream(1, 500, 1ms);
  bond.links[LinkId{1}].up = false;
  bond.stream(501, 40, 1ms);  // into the dark
  if (fails) {
    bond.sender.on_send_failure(LinkId{1}, bond.now, bond);
  } else {
    bond.sender.remove_link(LinkId{1}, bond.now, bond);
  }
  CHECK(bond.sender.figures(bond.now).repaired_packets > 10);
  bond.run_for(200ms);
  CHECK(bond.sequences_at_server() == run_of(1, 540));
}

TEST_CASE("a loss is mended before SRT can know of it", "[bond][repair]") {
  BondPair bond({30ms, 60ms}, kOurCapabilities);
  std::map<std::uint32_t, int> seen;
  auto const lose_first_copy = [&](const Packet& p) {
    auto const seq = framed_sequence(p);
    return seq && *seq % 50 == 7 && seen[*seq]++ == 0;
  };
  bond.links[LinkId{1}].lose = bond.links[LinkId{2}].lose = lose_first_copy;
  bond.run_for(300ms);
  bond.stream(1000, 1000, 1ms);
  bond.run_for(500ms);
  CHECK(bond.sequences_at_server() == run_of(1000, 1000));  // in order: no gap was ever shown
  auto const group = bond.receiver.figures(bond.now).groups.at(0);
  CHECK(group.gaps_shown == 0);
  CHECK(group.duplicate_packets == 0);
  CHECK(bond.sender.figures(bond.now).repaired_packets == 20);
}

TEST_CASE("a repair goes over two links when there is no time for another", "[bond][repair]") {
  // Of the two seconds of latency, one repair of a long way takes more than half.
  bool const long_way = GENERATE(true, false);
  BondPair bond({long_way ? 400ms : 30ms, long_way ? 410ms : 40ms}, kOurCapabilities);
  std::map<std::uint32_t, std::vector<int>> ways;  // of each packet, the links of its copies
  auto const lose_first = [&](int link) {
    return [&ways, link](const Packet& p) {
      auto const seq = framed_sequence(p);
      if (!seq) return false;
      ways[*seq].push_back(link);
      return ways[*seq].size() == 1 && *seq % 100 == 7;
    };
  };
  bond.links[LinkId{1}].lose = lose_first(1);
  bond.links[LinkId{2}].lose = lose_first(2);
  bond.run_for(3s);
  bond.stream(1000, 1000, 10ms);
  bond.run_for(3s);
  for (std::uint32_t seq = 1007; seq < 2000; seq += 100) {
    REQUIRE(ways[seq].size() == (long_way ? 3 : 2));
    if (long_way) CHECK(ways[seq][1] != ways[seq][2]);
  }
}

TEST_CASE("a link that came back is measured by copies before it is needed", "[bond][repair]") {
  BondPair bond({20ms, 60ms}, kOurCapabilities);
  bond.run_for(1s);
  bond.stream(1, 2000, 2ms);
  bond.links[LinkId{2}].up = bond.links[LinkId{2}].back_up = false;
  bond.stream(2001, 3000, 2ms);  // so long that it must register anew
  auto const second = [&] { return bond.sender.figures(bond.now).links.at(1); };
  REQUIRE(second().state == LinkState::kConnecting);
  BitRate const before = second().delivery_estimate;
  bond.links[LinkId{2}].up = bond.links[LinkId{2}].back_up = true;
  auto const sent = second().data_packets;
  bond.stream(5001, 2000, 2ms);
  CHECK(second().delivery_estimate > before.scaled(2));
  CHECK(second().data_packets - sent > 20);
  CHECK(second().data_packets - sent <= 150);
}

TEST_CASE("a lost report costs nothing, the last one included", "[bond][repair]") {
  BondPair bond({30ms}, kOurCapabilities);
  bond.run_for(300ms);
  int reports = 0;
  bond.lose_answer = [&](const Packet& p) {
    return load_u16(p, 0) == 0x9a02 && ++reports % 2 != 0;
  };
  bond.stream(1, 1000, 1ms);
  bond.run_for(200ms);
  auto const figures = bond.sender.figures(bond.now);
  CHECK(figures.repaired_packets == 0);
  CHECK(figures.links.at(0).in_flight.count() == 0);
  CHECK(bond.sequences_at_server() == run_of(1, 1000));
}

TEST_CASE("what is stuck on a link that stands still goes over another in time", "[bond][repair]") {
  BondPair bond({30ms, 30ms}, kOurCapabilities);
  bond.run_for(300ms);
  bond.stream(1, 1000, 1ms);
  bond.links[LinkId{1}].up = bond.links[LinkId{1}].back_up = false;
  bond.stream(1001, 400, 1ms);
  bond.run_for(300ms);
  CHECK(bond.sequences_at_server() == run_of(1, 1400));
  CHECK(bond.receiver.figures(bond.now).groups.at(0).gaps_shown == 0);
  CHECK(bond.sender.figures(bond.now).links.at(0).state == LinkState::kSuspect);
}

TEST_CASE("what a link only holds back for a moment is not sent again while there is time",
          "[bond][repair]") {
  // A quarter of the latency is 500 ms, or 50 ms.
  bool const time = GENERATE(true, false);
  SenderConfig const rig{.capabilities = kOurCapabilities,
                         .max_queue_age = time ? Duration(2s) : Duration(200ms)};
  BondPair bond({30ms, 60ms}, rig, ReceiverConfig{.capabilities = kOurCapabilities});
  bond.run_for(300ms);
  bond.stream(1, 1000, 1ms);
  bond.links[LinkId{1}].delay = bond.links[LinkId{2}].delay = 160ms;
  bond.stream(1001, 20, 1ms);
  bond.run_for(400ms);
  CHECK(bond.sequences_at_server() == run_of(1, 1020));
  CHECK((bond.sender.figures(bond.now).repaired_packets == 0) == time);
}

TEST_CASE("what SRT sends again too late for anybody is not sent", "[bond][repair]") {
  auto const capabilities = GENERATE(0u, kOurCapabilities);
  BondPair bond({30ms}, SenderConfig{.capabilities = capabilities, .max_queue_age = 500ms},
                ReceiverConfig{.capabilities = capabilities});
  std::size_t carried = 0;
  bond.links[LinkId{1}].lose = [&](const Packet& p) { return p.size() > 1000 && ++carried == 0; };
  bond.run_for(300ms);
  auto const made = [&](std::uint32_t seq, bool again, Duration ago) {
    auto packet = srt_data(seq, again);
    store_u32(packet, 8, static_cast<std::uint32_t>((bond.now - ago).time_since_epoch().count()));
    return packet;
  };
  bond.send(made(1, false, 0ms));
  bond.run_for(490ms);
  auto const before = carried;
  bond.send(made(1, true, 490ms));
  CHECK(carried == before + 1);
  bond.run_for(20ms);
  bond.send(made(1, true, 510ms));
  bond.run_for(100ms);
  CHECK(carried == before + 1);
  CHECK(bond.sender.figures(bond.now).expired_packets == 1);
}

TEST_CASE("a packet that no link could bring is shown missing in time for SRT", "[bond][repair]") {
  BondPair bond({30ms}, kOurCapabilities);
  bond.links[LinkId{1}].lose = [](const Packet& p) { return framed_sequence(p) == 1500u; };
  bond.run_for(300ms);
  bond.stream(1000, 3000, 1ms);
  bond.run_for(500ms);
  auto expected = run_of(1000, 3000);
  expected.erase(expected.begin() + 500);
  CHECK(bond.sequences_at_server() == expected);
  CHECK(bond.receiver.figures(bond.now).groups.at(0).gaps_shown == 1);
}

TEST_CASE("an SRT packet too long for a frame takes the bond back to plain SRTLA",
          "[bond][repair]") {
  BondPair bond({20ms}, kOurCapabilities);
  bond.run_for(200ms);
  for (std::uint32_t i = 0; i < 50; ++i) {
    bond.send(srt_data(i, false, 1472));
    bond.run_for(1ms);
  }
  bond.run_for(100ms);
  CHECK(bond.sequences_at_server() == run_of(0, 50));
  CHECK(answers_of_type(bond, 1, 0x9100) == 5);
}

TEST_CASE("the repair buffer holds a run of packets and forgets from its front", "[bond][repair]") {
  RepairBuffer buffer;
  std::uint32_t const first = 0x7ffffffe;  // wraps within the run
  for (std::uint32_t i = 0; i < 10; ++i)
    buffer.add(SeqNo(first + i), srt_data(first + i), Time(Duration(i)));
  REQUIRE(buffer.find(SeqNo(first + 9)));
  CHECK(load_u32(buffer.packet(*buffer.find(SeqNo(3))), 0) == 3);
  CHECK(!buffer.find(SeqNo(first - 1)));
  CHECK(!buffer.find(SeqNo(first + 10)));
  buffer.forget_before(SeqNo(first + 4));
  CHECK(!buffer.find(SeqNo(first + 3)));
  CHECK(buffer.size() == 6);
  buffer.forget_older_than(Time(Duration(7)));
  CHECK(buffer.size() == 3);
  buffer.add(SeqNo(500), srt_data(500), Time(Duration(20)));  // another run
  CHECK(buffer.size() == 1);
  CHECK(buffer.find(SeqNo(500)));
}

TEST_CASE("the extreme of a window is remembered for one to two spans", "[bond][repair]") {
  WindowMin smallest{10s};
  Time const start{Duration(100s)};
  smallest.add(5ms, start);
  smallest.add(9ms, start + 1s);
  CHECK(smallest.get() == Duration(5ms));
  smallest.add(8ms, start + 11s);
  CHECK(smallest.get() == Duration(5ms));  // of the span before
  smallest.add(8ms, start + 22s);
  CHECK(smallest.get() == Duration(8ms));
  CHECK(smallest.get(start + 60s) == Duration::zero());
}

}  // namespace aegis::bond::test
