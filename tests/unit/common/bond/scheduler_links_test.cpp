// Which link takes a packet, a copy or a control packet, as delivery and the links' states have it.
#include <vector>

#include <catch2/catch.hpp>

#include "common/bond/scheduler.hpp"

namespace aegis::bond::test {
namespace {

constexpr Bytes kPacket(1340);  // 5.36 ms at the 2 Mbit/s assumed of a new link

struct Bench {
  Time now{Duration(100s)};
  std::vector<std::unique_ptr<SenderLink>> links;
  std::uint32_t next = 0;

  // Live, empty, with this round trip; without any when it is zero.
  SenderLink* add(Duration rtt, const LinkPolicy& policy = {}) {
    LinkId const id{static_cast<std::uint32_t>(links.size() + 1)};
    links.push_back(std::make_unique<SenderLink>(id, now));
    SenderLink* const link = links.back().get();
    link->use_frames(true);
    link->set_policy(policy, now);
    link->on_registered(now);
    if (rtt > Duration(0)) {
      auto const echo = parse_keepalive(link->make_keepalive(now - rtt));
      link->on_keepalive_echo(echo, now);
    }
    return link;
  }
  void send(SenderLink& link, int count = 1) {
    for (int i = 0; i < count; ++i) link.on_data_sent(SeqNo(next++), kPacket, true, false, now);
  }
  void fill(SenderLink& link) {
    while (link.has_room_for(kPacket, now)) send(link);
  }
  // All that was sent on it stands still.
  void darken(SenderLink& link) {
    send(link, 4);
    now += 2s;
    REQUIRE(link.check_overdue(now));
    REQUIRE(link.state() == LinkState::kSuspect);
  }
  SenderLink* earliest(const Preference& preference = {}) {
    return earliest_delivery(links, kPacket, preference, now);
  }
  SenderLink* elsewhere(std::uint32_t seq) {
    return earliest_delivery_elsewhere(links, SeqNo(seq), kPacket, {}, now);
  }
};

}  // namespace

TEST_CASE("a packet goes where it would arrive first, queues counted", "[bond][scheduler]") {
  Bench bench;
  auto* const slow = bench.add(100ms);
  auto* const fast = bench.add(40ms);
  std::vector<SenderLink*> taken;
  for (int i = 0; i < 8; ++i) {
    taken.push_back(bench.earliest());
    bench.send(*taken.back());
  }
  // The slow link is 30 ms behind: six packets of the fast one.
  std::vector<SenderLink*> expected(6, fast);
  expected.insert(expected.end(), {slow, fast});
  CHECK(taken == expected);
}

TEST_CASE("only live links take packets", "[bond][scheduler]") {
  Bench bench;
  CHECK(bench.earliest() == nullptr);
  auto* const dark = bench.add(20ms);
  bench.darken(*dark);
  bench.add(20ms, {.off = true});
  bench.links.push_back(std::make_unique<SenderLink>(LinkId{3}, bench.now));  // not registered
  CHECK(bench.earliest() == nullptr);
  CHECK(bench.elsewhere(1000) == nullptr);
  auto* const live = bench.add(500ms);
  CHECK(bench.earliest() == live);
}

TEST_CASE("a packet waits when every link is full", "[bond][scheduler]") {
  Bench bench;
  auto* const first = bench.add(40ms);
  auto* const second = bench.add(60ms);
  bench.fill(*first);
  CHECK(bench.earliest() == second);
  bench.fill(*second);
  CHECK(bench.earliest() == nullptr);
  first->allow_queue(50ms);
  CHECK(bench.earliest() == first);
}

TEST_CASE("a packet waits for a link in time rather than take one that would be late",
          "[bond][scheduler]") {
  Bench bench;
  auto* const quick = bench.add(40ms);
  auto* const slow = bench.add(400ms);  // 205.36 ms
  bench.fill(*quick);
  CHECK(bench.earliest({.deadline = bench.now + 206ms}) == slow);
  CHECK(bench.earliest({.deadline = bench.now + 205ms}) == nullptr);
  // Where all would be late there is nothing to wait for.
  CHECK(bench.earliest({.deadline = bench.now + 1ms}) == slow);
  bench.darken(*quick);
  CHECK(bench.earliest({.deadline = bench.now + 205ms}) == slow);
}

TEST_CASE("a reserve is left alone until the preferred link would be late", "[bond][scheduler]") {
  Bench bench;
  auto* const preferred = bench.add(200ms, {.priority = 1});  // 105.36 ms
  auto* const reserve = bench.add(20ms, {.priority = 2});
  Preference preference{.ranked = true, .timely = 106ms};
  CHECK(bench.earliest(preference) == preferred);
  preference.spill = true;  // it has waited, but the preferred link has room now
  CHECK(bench.earliest(preference) == preferred);
  preference = {.ranked = true, .timely = 105ms};
  CHECK(bench.earliest(preference) == reserve);
  preference = {.ranked = false};  // nobody asked for an order
  CHECK(bench.earliest(preference) == reserve);
  bench.darken(*preferred);
  CHECK(bench.earliest({.ranked = true, .timely = 106ms}) == reserve);
}

TEST_CASE("of links that would all be late the most preferred is taken", "[bond][scheduler]") {
  Bench bench;
  bench.add(20ms, {.priority = 2});
  auto* const preferred = bench.add(200ms);
  CHECK(bench.earliest({.ranked = true, .timely = 1ms}) == preferred);
}

TEST_CASE("a copy goes over another link than the one that has it", "[bond][scheduler]") {
  Bench bench;
  auto* const fast = bench.add(20ms);
  auto* const slow = bench.add(200ms);
  bench.send(*fast);  // number 0
  CHECK(bench.elsewhere(0) == slow);
  CHECK(bench.elsewhere(77) == fast);
  bench.fill(*slow);
  CHECK(bench.elsewhere(0) == nullptr);  // that link would only repeat its fate
  slow->set_policy({.off = true}, bench.now);
  CHECK(bench.elsewhere(0) == fast);  // the only one left
}

TEST_CASE("a copy of what every link has goes where it would arrive first", "[bond][scheduler]") {
  Bench bench;
  auto* const fast = bench.add(20ms);
  auto* const slow = bench.add(200ms);
  for (auto* const link : {fast, slow})
    link->on_data_sent(SeqNo(9), kPacket, true, false, bench.now);
  CHECK(bench.elsewhere(9) == fast);
}

TEST_CASE("control packets take the shortest round trip of the most preferred live links",
          "[bond][scheduler]") {
  Bench bench;
  CHECK(shortest_round_trip(bench.links, bench.now) == nullptr);
  bench.add(0ms);  // its round trip is not known: it may be a second
  auto* const slow = bench.add(900ms);
  CHECK(shortest_round_trip(bench.links, bench.now) == slow);
  auto* const fast = bench.add(30ms);
  CHECK(shortest_round_trip(bench.links, bench.now) == fast);
  fast->set_policy({.priority = 1}, bench.now);
  CHECK(shortest_round_trip(bench.links, bench.now) == slow);
}

TEST_CASE("control packets go over a suspect link rather than nowhere", "[bond][scheduler]") {
  Bench bench;
  auto* const dark = bench.add(20ms);
  bench.darken(*dark);
  bench.links.push_back(std::make_unique<SenderLink>(LinkId{2}, bench.now));  // not registered
  bench.add(10ms, {.off = true});
  CHECK(shortest_round_trip(bench.links, bench.now) == dark);
  auto* const reserve = bench.add(900ms, {.priority = LinkPolicy::kLastPriority});
  CHECK(shortest_round_trip(bench.links, bench.now) == reserve);  // a live one, be it the last
}

}  // namespace aegis::bond::test
