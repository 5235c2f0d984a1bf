// The user's hand on links: what each setting does to the traffic of both.
#include <algorithm>

#include <catch2/catch.hpp>

#include "common/bond/rate_cap.hpp"
#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

constexpr LinkId kFirst{1}, kSecond{2};

const LinkFigures& figures_of(const SenderFigures& figures, LinkId id) {
  return *std::find_if(figures.links.begin(), figures.links.end(),
                       [&](auto const& link) { return link.id == id; });
}

LinkFigures figures_of(const BondPair& bond, LinkId id) {
  auto const figures = bond.sender.figures(bond.now);
  return figures_of(figures, id);
}

void set(BondPair& bond, LinkId id, const LinkPolicy& policy) {
  bond.sender.set_policy(id, policy, bond.now, bond);
}

std::size_t missing(const BondPair& bond, std::uint32_t sent) {
  auto arrived = bond.sequences_at_server();
  std::sort(arrived.begin(), arrived.end());
  arrived.erase(std::unique(arrived.begin(), arrived.end()), arrived.end());
  return sent - arrived.size();
}

struct Kind {
  const char* name;
  std::uint32_t capabilities;
};

}  // namespace

TEST_CASE("a capped rate lets a burst pass and then holds", "[bond][policy]") {
  RateCap cap;
  Time now{Duration(1s)};
  CHECK(cap.allows(now));
  cap.set(BitRate::megabits(1));
  Bytes const packet(1250);  // 10 ms
  int burst = 0;
  for (; cap.allows(now); ++burst) cap.on_sent(packet, now);
  CHECK(burst == 6);
  CHECK(cap.binds(now));
  now += 10ms;
  CHECK(cap.allows(now));
  cap.on_sent(packet, now);
  CHECK(!cap.allows(now));
  now += 40ms;
  CHECK(!cap.binds(now));
  // What does not ask leaves no debt that lasts.
  for (int i = 0; i < 1000; ++i) cap.on_sent(packet, now);
  CHECK(!cap.allows(now + 900ms));
  CHECK(cap.allows(now + 1s));
  cap.set(std::nullopt);
  CHECK(cap.allows(now));
}

TEST_CASE("nothing at all goes over a link that is off, and nothing is lost by it",
          "[bond][policy]") {
  for (auto const& kind : {Kind{"stock relay", 0}, Kind{"aegis relay", kOurCapabilities}}) {
    INFO(kind.name);
    BondPair bond({20ms, 30ms}, kind.capabilities);
    bond.run_for(1s);
    bond.stream(0, 500, 2ms);
    REQUIRE(figures_of(bond, kFirst).data_packets > 100);
    set(bond, kFirst, {.off = true});
    CHECK(figures_of(bond, kFirst).state == LinkState::kOff);
    auto const carried = bond.links.at(kFirst).carried;
    bond.stream(500, 2500, 2ms);  // 5 s: keep-alives and registrations would be due
    bond.run_for(1s);
    CHECK(bond.links.at(kFirst).carried == carried);
    CHECK(missing(bond, 3000) == 0);
    CHECK(bond.sender.figures(bond.now).repaired_packets == 0);  // all of it arrived by itself

    set(bond, kFirst, {});
    bond.run_for(200ms);
    CHECK(figures_of(bond, kFirst).state == LinkState::kLive);
    bond.stream(3000, 500, 2ms);
    bond.run_for(1s);
    CHECK(figures_of(bond, kFirst).data_packets > 200);
    CHECK(missing(bond, 3500) == 0);
  }
}

TEST_CASE("what was in flight on a link that goes dark as it is switched off is mended",
          "[bond][policy]") {
  BondPair bond({50ms, 60ms}, kOurCapabilities);
  bond.run_for(1s);
  bond.stream(0, 1000, 1ms);
  REQUIRE(figures_of(bond, kFirst).in_flight.count() > 10'000);
  bond.links.at(kFirst).lose = [](const Packet&) { return true; };
  bond.stream(1000, 30, 1ms);  // these are lost
  set(bond, kFirst, {.off = true});
  bond.stream(1030, 500, 1ms);
  bond.run_for(1s);
  CHECK(missing(bond, 1530) == 0);
  CHECK(bond.sender.figures(bond.now).repaired_packets > 5);
}

TEST_CASE("a link may be switched off before it registered, and all of them", "[bond][policy]") {
  BondPair bond({20ms, 30ms}, kOurCapabilities);
  for (LinkId const id : {kFirst, kSecond}) set(bond, id, {.off = true});
  auto const carried = bond.links.at(kFirst).carried + bond.links.at(kSecond).carried;
  bond.run_for(5s);
  CHECK(bond.links.at(kFirst).carried + bond.links.at(kSecond).carried == carried);
  CHECK(!bond.sender.registered());
  bond.stream(0, 10, 2ms);
  CHECK(bond.sender.figures(bond.now).unroutable_packets == 10);
  set(bond, kSecond, {});
  bond.run_for(3s);
  CHECK(figures_of(bond, kSecond).state == LinkState::kLive);
  CHECK(figures_of(bond, kFirst).state == LinkState::kOff);
  bond.stream(10, 100, 2ms);
  bond.run_for(1s);
  CHECK(missing(bond, 110) == 10);
}

TEST_CASE("a link that is off from the start sends nothing", "[bond][policy]") {
  BondPair bond({});
  bond.links[kFirst].delay = 10ms;
  bond.sender.add_link(bond.now, bond, {.off = true});
  bond.run_for(5s);
  CHECK(bond.links.at(kFirst).carried == 0);
}

TEST_CASE("a link that is off stays off when the bond begins anew", "[bond][policy]") {
  BondPair bond({20ms, 30ms});
  bond.run_for(1s);
  set(bond, kFirst, {.off = true});
  auto const carried = bond.links.at(kFirst).carried;
  bond.sender.restart(token_of(9), bond.now, bond);
  bond.run_for(5s);
  CHECK(bond.links.at(kFirst).carried == carried);
  CHECK(figures_of(bond, kFirst).state == LinkState::kOff);
  CHECK(figures_of(bond, kSecond).state == LinkState::kLive);
}

TEST_CASE("what is still on its way over a link that is off is not asked for again",
          "[bond][policy]") {
  BondPair bond({100ms, 120ms}, kOurCapabilities);
  bond.run_for(1s);
  bond.stream(0, 100, 2ms);
  set(bond, kFirst, {.off = true});
  auto const told = bond.at_rig.size();
  Bytes const in_flight = figures_of(bond, kFirst).in_flight;
  REQUIRE(in_flight > Bytes(10'000));
  for (std::uint32_t seq = 60; seq < 100; ++seq)
    bond.sender.on_link_datagram(kSecond, srt_control(3, {seq}, seq), bond.now, bond);
  CHECK(bond.at_rig.size() == told);
  CHECK(figures_of(bond, kFirst).in_flight == in_flight);
  CHECK(bond.sender.figures(bond.now).repaired_packets == 0);
  bond.run_for(1s);
  CHECK(missing(bond, 100) == 0);
}

TEST_CASE("switching off and on at once loses nothing", "[bond][policy]") {
  BondPair bond({20ms, 30ms}, kOurCapabilities);
  bond.run_for(1s);
  std::uint32_t next = 0;
  for (int turn = 0; turn < 20; ++turn) {
    bond.stream(next, 50, 1ms);
    next += 50;
    set(bond, kFirst, {.off = turn % 2 == 0});
  }
  bond.run_for(1s);
  CHECK(missing(bond, next) == 0);
}

TEST_CASE("a cap holds for all that is sent, and the rest goes elsewhere", "[bond][policy]") {
  for (auto const& kind : {Kind{"stock relay", 0}, Kind{"aegis relay", kOurCapabilities}}) {
    INFO(kind.name);
    BondPair bond({10ms, 40ms}, kind.capabilities);
    bond.run_for(1s);
    bond.stream(0, 1000, 2ms);  // 5.3 Mbit/s
    auto const before = figures_of(bond, kFirst);
    auto const estimate = before.delivery_estimate;
    set(bond, kFirst, {.cap = BitRate::megabits(2)});
    bond.stream(1000, 5000, 2ms);
    auto const after = figures_of(bond, kFirst);
    auto const bytes =
        after.sent_bytes - before.sent_bytes + 28 * (after.sent_packets - before.sent_packets);
    double const rate = static_cast<double>(bytes) * 8 / 10;
    CHECK(rate < 2e6 * 1.01);
    CHECK(rate > 2e6 * 0.97);
    // The link is not taken for slower than it is.
    CHECK(after.delivery_estimate > estimate.scaled(0.8));
    bond.run_for(1s);
    CHECK(missing(bond, 6000) == 0);
    CHECK(bond.sender.figures(bond.now).expired_packets == 0);
  }
}

TEST_CASE("a reserve is left alone while the preferred link suffices, and steps in when it fails",
          "[bond][policy]") {
  BondPair bond({60ms, 10ms}, kOurCapabilities);
  set(bond, kSecond, {.priority = 1});
  bond.run_for(1s);
  bond.stream(0, 2000, 3ms);
  CHECK(figures_of(bond, kSecond).data_packets < 20);
  CHECK(figures_of(bond, kFirst).data_packets > 1950);
  bond.links.at(kFirst).up = bond.links.at(kFirst).back_up = false;
  bond.stream(2000, 1000, 3ms);
  bond.run_for(1s);
  CHECK(missing(bond, 3000) == 0);
  CHECK(bond.sender.figures(bond.now).expired_packets == 0);
  CHECK(figures_of(bond, kSecond).data_packets > 900);
}

TEST_CASE("a reserve takes what the preferred link has no room for", "[bond][policy]") {
  BondPair bond({20ms, 20ms}, kOurCapabilities);
  set(bond, kFirst, {.cap = BitRate::megabits(2)});
  set(bond, kSecond, {.priority = 1});
  bond.run_for(1s);
  bond.stream(0, 5000, 2ms);  // 5.3 Mbit/s
  bond.run_for(1s);
  CHECK(missing(bond, 5000) == 0);
  auto const first = figures_of(bond, kFirst).data_packets;
  CHECK(first > 1700);  // 2 Mbit/s of it
  CHECK(first < 2000);
}

TEST_CASE("control packets keep to the preferred link", "[bond][policy]") {
  BondPair bond({60ms, 10ms}, kOurCapabilities);
  bond.run_for(1s);
  auto const sent_on = [&](LinkId id) { return figures_of(bond, id).sent_packets; };
  set(bond, kSecond, {.priority = 2});
  auto const first = sent_on(kFirst), second = sent_on(kSecond);
  bond.send(srt_control(6, {1, 2}));
  CHECK(sent_on(kFirst) == first + 1);
  CHECK(sent_on(kSecond) == second);
}

TEST_CASE("a heavier link is preferred to one that delivers sooner", "[bond][policy]") {
  for (auto const weight : {1.0, 3.0}) {
    BondPair bond({30ms, 20ms}, kOurCapabilities);
    bond.run_for(3s);
    set(bond, kFirst, {.weight = weight});
    auto const before = figures_of(bond, kFirst).data_packets;
    bond.stream(0, 500, 10ms);
    auto const over_first = figures_of(bond, kFirst).data_packets - before;
    if (weight == 1.0) {
      CHECK(over_first < 100);
    } else {
      CHECK(over_first > 400);
    }
  }
}

}  // namespace aegis::bond::test
