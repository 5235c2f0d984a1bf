// Which link takes a packet, as weights and priorities have it.
#include "common/bond/scheduler.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr Bytes kPacket(1340);

// Live links with these round trips and nothing in flight.
struct Links {
  Time now{Duration(10s)};
  std::vector<std::unique_ptr<SenderLink>> links;

  explicit Links(std::initializer_list<Duration> round_trips) {
    for (Duration const rtt : round_trips) {
      links.push_back(
          std::make_unique<SenderLink>(LinkId{static_cast<std::uint32_t>(links.size())}, now));
      SenderLink& link = *links.back();
      link.use_frames(true);
      link.on_registered(now - 1s);
      link.make_keepalive(now - rtt);
      Keepalive echo;
      echo.timestamp = static_cast<std::uint64_t>((now - rtt).time_since_epoch().count());
      link.on_keepalive_echo(echo, now);
      REQUIRE(link.estimator().rtt() == rtt);
    }
  }
  void set(std::size_t link, const LinkPolicy& policy) { links[link]->set_policy(policy, now); }
  // Which one is chosen; -1 for none.
  int choice(const Preference& preference = {}) {
    auto const* link = earliest_delivery(links, kPacket, preference, now);
    return link == nullptr ? -1 : static_cast<int>(link->id().value);
  }
  void fill(std::size_t link) {
    for (std::uint32_t seq = 0; links[link]->has_room_for(kPacket, now); ++seq)
      links[link]->on_data_sent(SeqNo(seq), kPacket, false, false, now);
  }
};

constexpr Preference kRanked{.ranked = true, .spill = false, .timely = 500ms};
constexpr Preference kSpill{.ranked = true, .spill = true, .timely = 500ms};

}  // namespace

TEST_CASE("the time until delivery is divided by the weight", "[bond][policy]") {
  Links links({100ms, 60ms});
  CHECK(links.choice() == 1);
  links.set(0, {.weight = 3});
  CHECK(links.choice() == 0);
  links.set(0, {});
  links.set(1, {.weight = 0.01});  // taken for 0.1
  CHECK(links.choice() == 0);
}

TEST_CASE("a reserve waits until the preferred is full for too long, or late", "[bond][policy]") {
  for (std::size_t const reserve : {0U, 1U}) {
    int const preferred = reserve == 0 ? 1 : 0;
    Links links({100ms, 100ms});
    links.set(reserve, {.priority = 1});
    CHECK(links.choice(kRanked) == preferred);
    CHECK(links.choice(kSpill) == preferred);
    links.fill(static_cast<std::size_t>(preferred));
    CHECK(links.choice(kRanked) == -1);
    CHECK(links.choice(kSpill) == static_cast<int>(reserve));
  }
  for (std::size_t const reserve : {0U, 1U}) {
    Links links({reserve == 0 ? 40ms : 1500ms, reserve == 0 ? 1500ms : 40ms});
    links.set(reserve, {.priority = 1});
    CHECK(links.choice(kRanked) == static_cast<int>(reserve));
    CHECK(links.choice(kSpill) == static_cast<int>(reserve));
  }
}

TEST_CASE("the preferred of several reserves is the next", "[bond][policy]") {
  Links links({40ms, 40ms, 40ms});
  links.set(0, {.priority = 2});
  links.set(1, {.priority = 1});
  CHECK(links.choice(kRanked) == 2);
  links.set(2, {.off = true});
  CHECK(links.choice(kRanked) == 1);
  CHECK(links.choice(kSpill) == 1);
}

}  // namespace aegis::bond::test
