// A paired rig and its relay, and whoever else tries to be one of them.
#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "common/bond/sealed_frames.hpp"
#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

constexpr Duration kUnixAhead = std::chrono::hours(24 * 365 * 50);

Device device(char key) {
  Device device{{}, crypto::Secret(std::string(32, key))};
  device.id.fill(std::byte{0x33});
  return device;
}

struct Paired : BondPair {
  explicit Paired(char rig_key = 'k', char relay_key = 'k', bool require_proof = true,
                  Duration rig_clock = kUnixAhead)
      : BondPair({}, SenderConfig{.device = device(rig_key)},
                 ReceiverConfig{.require_proof = require_proof}) {
    sender.set_unix_offset(rig_clock);
    receiver.set_unix_offset(kUnixAhead);
    receiver.set_devices({device(relay_key)}, *this);
  }
  ReceiverFigures at_relay() const { return receiver.figures(now); }
  SenderFigures at_sender() const { return sender.figures(now); }
  // The last datagram of this type that the relay sent on the link.
  Packet last_answer(LinkId link, PacketType type) const {
    auto const& all = answers.at(link);
    auto const found = std::find_if(all.rbegin(), all.rend(),
                                    [&](auto const& p) { return srtla_type(p) == type; });
    REQUIRE(found != all.rend());
    return *found;
  }
};

// Keeps what the rig sends on a link.
struct Tap {
  std::vector<Packet> all;
  void on(BondPair::Link& link) {
    link.lose = [this](const Packet& packet) {
      all.push_back(packet);
      return false;
    };
  }
  Packet last(PacketType type) const {
    auto const found = std::find_if(all.rbegin(), all.rend(),
                                    [&](auto const& p) { return srtla_type(p) == type; });
    REQUIRE(found != all.rend());
    return *found;
  }
};

const Endpoint kStranger = Endpoint::v4(192, 0, 2, 66, 6666);

}  // namespace

TEST_CASE("a paired rig registers and streams where nobody else may", "[bond][paired]") {
  Paired bond;
  bond.add_link(20ms);
  bond.add_link(40ms);
  bond.run_for(500ms);
  CHECK(bond.at_sender().registered);
  REQUIRE(bond.at_relay().groups.size() == 1);
  CHECK(bond.at_relay().groups[0].device == device('k').id);
  CHECK(bond.at_relay().groups[0].links.size() == 2);
  bond.stream(1000, 500, 2ms);
  bond.run_for(300ms);
  CHECK(bond.sequences_at_server().size() == 500);
  CHECK(bond.at_sender().aegis_peer);
  bond.run_for(20s);  // keepalives alone keep it
  CHECK(bond.at_sender().registered);
  CHECK(bond.at_sender().unproved_answers == 0);
  CHECK(bond.at_relay().unproved == 0);
}

TEST_CASE("who is not paired gets nothing from a relay that requires it", "[bond][paired]") {
  BondPair bond({}, SenderConfig{}, ReceiverConfig{.require_proof = true});
  bond.add_link(20ms);
  bond.run_for(5s);
  CHECK_FALSE(bond.sender.registered());
  CHECK(bond.answers[LinkId{1}].empty());
  CHECK(bond.receiver.figures(bond.now).unproved > 0);
}

TEST_CASE("a wrong key gets nothing from any relay, and its rig takes no other relay",
          "[bond][paired]") {
  bool const require_proof = GENERATE(true, false);
  Paired bond('x', 'k', require_proof);
  bond.add_link(20ms);
  bond.run_for(5s);
  CHECK_FALSE(bond.sender.registered());
  CHECK(bond.answers[LinkId{1}].empty());
  CHECK(bond.at_relay().groups_made == 0);
}

TEST_CASE("a relay that knows nothing of proofs is not taken for ours", "[bond][paired]") {
  Paired bond;
  LinkId const link = bond.add_link(20ms);
  Tap tap;
  tap.on(bond.links[link]);
  bond.links[link].back_up = false;
  bond.run_for(3s);
  // What a stock relay does with REG1: it fills in its half, and takes every link.
  auto id = parse_group_token(tap.last(PacketType::kReg1));
  if (GENERATE(true, false)) write_relay_capabilities(id, kLinkFrames);
  bond.sender.on_link_datagram(link, make_reg2(id), bond.now, bond);
  bond.sender.on_link_datagram(link, make_reg_reply(PacketType::kReg3), bond.now, bond);
  CHECK_FALSE(bond.sender.registered());
  CHECK(bond.at_sender().unproved_answers == 2);
}

TEST_CASE("recorded registrations are of no use elsewhere or again", "[bond][paired]") {
  Paired bond;
  Tap tap;
  LinkId const link = bond.add_link(20ms);
  tap.on(bond.links[link]);
  bond.sender.remove_link(link, bond.now, bond);
  LinkId const tapped = bond.add_link(20ms);
  tap.on(bond.links[tapped]);
  bond.run_for(3s);
  REQUIRE(bond.at_sender().registered);
  bond.links[LinkId{static_cast<std::uint32_t>(kStranger.port() - 1000)}] = {};
  auto const joined = [&] { return bond.at_relay().groups.at(0).links.size(); };
  std::uint64_t const before = bond.at_relay().unproved;
  // The whole REG2 as it was, then with a counter of its own, then without a tag.
  Packet reg2 = tap.last(PacketType::kReg2);
  REQUIRE(reg2.size() == kSealedReg2Size);
  bond.receiver.on_link_datagram(kStranger, reg2, bond.now, bond);
  reg2[269] = std::byte{0x77};
  bond.receiver.on_link_datagram(kStranger, reg2, bond.now, bond);
  reg2.resize(258);
  bond.receiver.on_link_datagram(kStranger, reg2, bond.now, bond);
  CHECK(bond.at_relay().unproved == before + 3);
  CHECK(joined() == 1);
}

TEST_CASE("forged control frames change nothing at the rig", "[bond][paired]") {
  Paired bond;
  LinkId const link = bond.add_link(20ms);
  bond.run_for(500ms);
  bond.stream(1000, 100, 5ms);
  auto const forge = [&](const Packet& packet) {
    auto const before = bond.at_sender().unproved_answers;
    bond.sender.on_link_datagram(link, packet, bond.now, bond);
    CHECK(bond.at_sender().unproved_answers == before + 1);
  };
  Packet report = bond.last_answer(link, PacketType::kArrivalReport);
  report[40] ^= std::byte{1};
  forge(report);
  Packet reg3 = bond.last_answer(link, PacketType::kReg3);
  forge(reg3);  // once more, as it was
  Packet echo = bond.last_answer(link, PacketType::kKeepalive);
  echo.back() ^= std::byte{1};
  forge(echo);
  Frame const gone = make_reg_reply(PacketType::kRegNgp);
  forge(Packet(ByteView(gone).begin(), ByteView(gone).end()));
  CHECK(bond.at_sender().links[0].state == LinkState::kLive);
}

TEST_CASE("a forged keepalive does not keep a link, and gets no echo", "[bond][paired]") {
  Paired bond;
  LinkId const link = bond.add_link(20ms);
  bond.run_for(500ms);
  auto const before = bond.answers[link].size();
  bond.receiver.on_link_datagram(BondPair::address_of(link), make_keepalive(1, {}), bond.now, bond);
  CHECK(bond.answers[link].size() == before);
  CHECK(bond.at_relay().unproved == 1);
}

TEST_CASE("a relay that was started again is believed that it knows nobody, after a while",
          "[bond][paired]") {
  Paired bond;
  LinkId const link = bond.add_link(20ms);
  bond.run_for(3s);
  bond.links[link].up = false;  // the relay is gone
  bond.run_for(2s);
  bond.sender.on_link_datagram(link, make_reg_reply(PacketType::kRegNgp), bond.now, bond);
  CHECK(bond.at_sender().links[0].state == LinkState::kConnecting);
  bond.links[link].up = true;
  bond.run_for(3s);
  CHECK(bond.at_sender().registered);
}

TEST_CASE("a clock that is wrong is told, and set right it is forgotten", "[bond][paired]") {
  Duration const wrong = GENERATE(Duration(1h), Duration(-1h));
  Paired bond('k', 'k', true, kUnixAhead - wrong);
  bond.add_link(20ms);
  bond.run_for(3s);
  CHECK_FALSE(bond.sender.registered());
  REQUIRE(bond.at_sender().clock_refusal);
  CHECK(std::chrono::abs(*bond.at_sender().clock_refusal - wrong) < 100ms);
  CHECK(bond.at_relay().clocks_refused > 0);
  bond.sender.set_unix_offset(kUnixAhead + 2min);  // near enough
  bond.run_for(3s);
  CHECK(bond.sender.registered());
  CHECK_FALSE(bond.at_sender().clock_refusal);
}

TEST_CASE("a revoked device's group ends at once, one whose key is changed goes on",
          "[bond][paired]") {
  Paired bond;
  bond.add_link(20ms);
  bond.run_for(500ms);
  bond.stream(1000, 10, 2ms);
  bond.receiver.set_devices({device('k'), device('n')}, bond);  // a new key beside the old
  CHECK(bond.at_relay().groups.size() == 1);
  bond.receiver.set_devices({device('n')}, bond);  // the old one opens nothing any more
  CHECK(bond.at_relay().groups.size() == 1);
  bond.receiver.set_devices({}, bond);
  CHECK(bond.at_relay().groups.empty());
  REQUIRE(bond.closed.size() == 1);
  CHECK(bond.closed[0].second == GroupEnd::kRevoked);
  bond.receiver.set_devices({device('n')}, bond);
  bond.run_for(10s);
  CHECK_FALSE(bond.sender.registered());
  bond.sender.set_device(device('n'));
  bond.run_for(10s);
  CHECK(bond.sender.registered());
}

TEST_CASE("a rig that asks for long makes its proof anew", "[bond][paired]") {
  Paired bond;
  LinkId const link = bond.add_link(20ms);
  Tap tap;
  tap.on(bond.links[link]);
  bond.links[link].back_up = false;
  bond.run_for(3s);
  Packet const first = tap.last(PacketType::kReg1);
  bond.run_for(70s);
  Packet const second = tap.last(PacketType::kReg1);
  CHECK(!std::equal(first.begin() + 2, first.begin() + 130, second.begin() + 2));
  bond.links[link].back_up = true;
  bond.run_for(3s);
  CHECK(bond.sender.registered());
}

}  // namespace aegis::bond::test
