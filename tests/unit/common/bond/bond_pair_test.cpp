#include "unit/common/bond/bond_pair.hpp"

#include <numeric>

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

std::vector<std::uint32_t> run_of(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> out(count);
  for (std::uint32_t i = 0; i < count; ++i) out[i] = (first + i) & SeqNo::kMask;
  return out;
}

std::size_t sent_to_server(const BondPair& bond, std::uint16_t control_type) {
  return static_cast<std::size_t>(
      std::count_if(bond.at_server.begin(), bond.at_server.end(),
                    [&](const Packet& p) { return load_u16(p, 0) == (0x8000 | control_type); }));
}

LinkFigures figures_of(const BondPair& bond, std::uint32_t id) {
  for (auto const& link : bond.sender.figures(bond.now).links)
    if (link.id == LinkId{id}) return link;
  return {};
}

}  // namespace

TEST_CASE("registration takes three round trips at most and one group", "[bond]") {
  BondPair bond({30ms, 60ms});
  bond.run_for(130ms);  // REG1 and REG2 on the first link, then REG2 and REG3
  CHECK(figures_of(bond, 1).state == LinkState::kLive);
  bond.run_for(70ms);
  CHECK(figures_of(bond, 2).state == LinkState::kLive);
  CHECK(bond.receiver.figures(bond.now).groups_made == 1);
  CHECK(bond.receiver.figures(bond.now).groups.at(0).links.size() == 2);
}

TEST_CASE("REG1 makes no group and REG2 of a stranger none either", "[bond]") {
  BondPair bond({});
  bond.links[LinkId{1}] = {};
  for (int i = 0; i < 900; ++i)
    bond.receiver.on_link_datagram(BondPair::address_of(LinkId{1}), make_reg1(token_of(i)),
                                   bond.now, bond);
  CHECK(bond.receiver.figures(bond.now).groups.empty());
  bond.receiver.on_link_datagram(BondPair::address_of(LinkId{1}), make_reg2(token_of(1)), bond.now,
                                 bond);
  CHECK(bond.receiver.figures(bond.now).groups.empty());
  CHECK(load_u16(bond.answers[LinkId{1}].back(), 0) == 0x9211);
}

TEST_CASE("a token is good for half a minute and for its own client only", "[bond]") {
  BondPair bond({});
  bond.links[LinkId{1}] = {};
  auto const address = BondPair::address_of(LinkId{1});
  bond.receiver.on_link_datagram(address, make_reg1(token_of(5)), bond.now, bond);
  auto sealed = parse_group_token(bond.answers[LinkId{1}].back());
  SECTION("too late") {
    bond.receiver.on_link_datagram(address, make_reg2(sealed), bond.now + 31s, bond);
    CHECK(bond.receiver.figures(bond.now).groups_made == 0);
  }
  SECTION("another client half") {
    sealed[0] ^= std::byte{1};
    bond.receiver.on_link_datagram(address, make_reg2(sealed), bond.now, bond);
    CHECK(bond.receiver.figures(bond.now).groups_made == 0);
  }
  SECTION("in time") {
    bond.receiver.on_link_datagram(address, make_reg2(sealed), bond.now + 29s, bond);
    CHECK(bond.receiver.figures(bond.now).groups_made == 1);
  }
}

TEST_CASE("a first link that does not answer does not keep the others out", "[bond]") {
  BondPair bond({20ms});
  bond.links[LinkId{1}].up = false;
  bond.add_link(40ms);
  bond.run_for(3s);
  CHECK(figures_of(bond, 2).state == LinkState::kLive);
  CHECK(figures_of(bond, 1).state == LinkState::kConnecting);
}

TEST_CASE("data over two links of different delay reaches SRT in order and once", "[bond]") {
  BondPair bond({30ms, 60ms});
  bond.run_for(300ms);
  std::uint32_t const first = GENERATE(1000u, 0x7ffffff0u);  // the second wraps
  bond.stream(first, 2000, 1500us);
  bond.run_for(1s);
  CHECK(bond.sequences_at_server() == run_of(first, 2000));
  CHECK(bond.links[LinkId{2}].carried > 10);
}

TEST_CASE("every ten packets of a link are acknowledged on it", "[bond]") {
  BondPair bond({10ms});
  bond.run_for(100ms);
  bond.answers[LinkId{1}].clear();
  bond.stream(50, 25, 1ms);
  bond.run_for(50ms);
  std::vector<Packet> acks;
  for (auto const& answer : bond.answers[LinkId{1}])
    if (load_u16(answer, 0) == 0x9100) acks.push_back(answer);
  REQUIRE(acks.size() == 2);
  CHECK(acks[1].size() == 44);
  CHECK(load_u32(acks[0], 4) == 50);
  CHECK(load_u32(acks[1], 40) == 69);
}

TEST_CASE("a gap is hidden while a slower link may fill it, and shown when it is real", "[bond]") {
  BondPair bond({30ms, 60ms});
  bond.links[LinkId{1}].lose = [](const Packet& p) {
    return p.size() > 1000 && load_u32(p, 0) == 1100 && (p[4] & std::byte{4}) == std::byte{0};
  };
  bond.links[LinkId{2}].lose = bond.links[LinkId{1}].lose;
  bond.run_for(300ms);
  bond.stream(1000, 200, 1ms);
  bond.run_for(500ms);
  auto expected = run_of(1000, 200);
  expected.erase(expected.begin() + 100);
  CHECK(bond.sequences_at_server() == expected);
  CHECK(bond.receiver.figures(bond.now).groups.at(0).gaps_shown == 1);
  bond.send(srt_data(1100, true));  // the repair
  bond.run_for(200ms);
  CHECK(bond.sequences_at_server().back() == 1100);
}

TEST_CASE("SRT's repeated requests go on once for each round trip of a repair", "[bond]") {
  BondPair bond({30ms});
  bond.links[LinkId{1}].lose = [](const Packet& p) {
    return p.size() > 1000 && load_u32(p, 0) == 1005;
  };
  bond.run_for(300ms);
  bond.stream(1000, 20, 1ms);
  bond.run_for(100ms);
  GroupId const group = bond.opened.at(0);
  for (std::uint32_t i = 0; i < 5; ++i) {
    bond.receiver.on_srt_datagram(group, srt_control(3, {1005}, 100 + i), bond.now, bond);
    bond.run_for(10ms);
  }
  bond.run_for(100ms);
  CHECK(std::count_if(bond.at_rig.begin(), bond.at_rig.end(),
                      [](const Packet& p) { return load_u16(p, 0) == 0x8003; }) == 1);
  auto const figures = bond.receiver.figures(bond.now).groups.at(0);
  CHECK(figures.naks_from_srt == 5);
  CHECK(figures.naks_forwarded == 1);
  CHECK(figures.nak_entries_withheld == 4);
}

TEST_CASE("of SRT's full acknowledgements an Aegis rig gets every third, a stock one all",
          "[bond]") {
  auto const [capabilities, expected] = GENERATE(std::pair<std::uint32_t, int>(kLinkFrames, 10),
                                                 std::pair<std::uint32_t, int>(0, 30));
  BondPair bond({10ms}, capabilities);
  bond.run_for(100ms);
  bond.stream(1000, 20, 1ms);
  for (std::uint32_t i = 0; i < 30; ++i) {
    bond.receiver.on_srt_datagram(bond.opened.at(0),
                                  srt_control(2, {1020, 100'000, 50'000, 8000, 0, 0, 0}, 100 + i),
                                  bond.now, bond);
    bond.run_for(10ms);
  }
  CHECK(std::count_if(bond.at_rig.begin(), bond.at_rig.end(),
                      [](const Packet& p) { return load_u16(p, 0) == 0x8002; }) == expected);
}

TEST_CASE("an SRT control packet that comes over all links reaches SRT once", "[bond]") {
  BondPair bond({10ms, 20ms, 30ms});
  bond.run_for(300ms);
  bond.stream(1, 400, 500us);  // fast enough that all links deliver
  bond.at_rig.clear();
  bond.receiver.on_srt_datagram(bond.opened.at(0), srt_control(2, {200}), bond.now, bond);
  bond.run_for(100ms);
  CHECK(bond.at_rig.size() == 1);
}

TEST_CASE("a link that goes dark is noticed within a quarter of a second", "[bond]") {
  BondPair bond({30ms, 30ms});
  bond.run_for(300ms);
  bond.stream(1, 1000, 1ms);
  bond.links[LinkId{1}].up = bond.links[LinkId{1}].back_up = false;
  bond.stream(1001, 260, 1ms);
  CHECK(figures_of(bond, 1).state == LinkState::kSuspect);
  CHECK(figures_of(bond, 2).state == LinkState::kLive);
  SECTION("and used again soon after it answers") {
    bond.stream(1261, 740, 1ms);
    bond.links[LinkId{1}].up = bond.links[LinkId{1}].back_up = true;
    bond.stream(2001, 2000, 1ms);
    CHECK(figures_of(bond, 1).state == LinkState::kLive);
  }
  SECTION("after long silence it registers anew") {
    bond.stream(1261, 6000, 1ms);
    CHECK(figures_of(bond, 1).state == LinkState::kConnecting);
    bond.links[LinkId{1}].up = bond.links[LinkId{1}].back_up = true;
    bond.stream(7261, 2000, 1ms);
    CHECK(figures_of(bond, 1).state == LinkState::kLive);
  }
}

TEST_CASE("in-flight data stays below the cap and the rest waits in the bond", "[bond]") {
  BondPair bond({50ms});
  bond.run_for(300ms);
  bond.links[LinkId{1}].back_up = false;  // no acknowledgement ever comes
  for (std::uint32_t i = 0; i < 3000; ++i) bond.send(srt_data(i));
  auto const link = figures_of(bond, 1);
  CHECK(link.in_flight <= link.in_flight_cap);
  CHECK(bond.sender.figures(bond.now).queued_packets > 2900);
  bond.run_for(5s);
  auto const after = bond.sender.figures(bond.now);
  CHECK(after.queued_packets == 0);  // too old to be of use
  CHECK(after.expired_packets > 2800);
}

TEST_CASE("a restarted relay is registered with again", "[bond]") {
  BondPair bond({20ms, 40ms});
  bond.run_for(300ms);
  bond.stream(1, 100, 1ms);
  bond.receiver.~BondReceiver();
  BondReceiver::TokenKey other_key{};
  other_key.fill(std::byte{9});
  new (&bond.receiver) BondReceiver(ReceiverConfig{}, other_key);
  bond.stream(101, 3000, 1ms);
  CHECK(figures_of(bond, 1).state == LinkState::kLive);
  CHECK(figures_of(bond, 2).state == LinkState::kLive);
  CHECK(bond.receiver.figures(bond.now).groups.size() == 1);
}

TEST_CASE("a new SRT connection with lower sequence numbers goes through", "[bond]") {
  BondPair bond({20ms});
  auto const conclusion = [](std::uint32_t isn, std::uint32_t socket) {
    return srt_control(0, {5, 0, isn, 1500, 8192, 0xffffffff, socket, 1, 0, 0, 0, 0});
  };
  bond.run_for(300ms);
  bond.send(conclusion(900000, 1));
  bond.stream(900000, 500, 1ms);
  bond.run_for(100ms);
  bond.send(conclusion(1000, 2));
  bond.at_server.clear();
  bond.stream(1000, 500, 1ms);
  bond.run_for(100ms);
  CHECK(sent_to_server(bond, 0) == 1);
  CHECK(bond.sequences_at_server() == run_of(1000, 500));
}

TEST_CASE("a group that never carried SRT is forgotten, and made anew", "[bond]") {
  BondPair bond({20ms});
  bond.server_accepts = false;
  bond.run_for(25s);
  CHECK(bond.receiver.figures(bond.now).groups_made >= 2);
}

TEST_CASE("silent links are forgotten, and their groups after them", "[bond]") {
  BondPair bond({20ms});
  bond.run_for(300ms);
  bond.send(srt_data(1));
  bond.run_for(100ms);
  bond.sender.remove_link(LinkId{1}, bond.now, bond);
  bond.run_for(25s);
  CHECK(bond.receiver.figures(bond.now).groups.empty());
  REQUIRE(bond.closed.size() == 1);
  CHECK(bond.closed[0].second == GroupEnd::kLinksSilent);
}

TEST_CASE("unknown sources get an answer no longer than their question", "[bond]") {
  BondPair bond({});
  bond.links[LinkId{1}] = {};
  auto const stranger = BondPair::address_of(LinkId{1});
  bond.receiver.on_link_datagram(stranger, Packet(2, std::byte{0x90}), bond.now, bond);
  Packet keepalive(38);
  store_u16(keepalive, 0, 0x9000);
  bond.receiver.on_link_datagram(stranger, keepalive, bond.now, bond);
  CHECK(bond.answers[LinkId{1}].empty());
  bond.receiver.on_link_datagram(stranger, srt_data(1), bond.now, bond);
  REQUIRE(bond.answers[LinkId{1}].size() == 1);
  CHECK(bond.answers[LinkId{1}][0].size() == 32);
}

}  // namespace aegis::bond::test
