// The user's hand on links, over links that have rates, losses and outages.
#include <catch2/catch.hpp>

#include "sim/rng.hpp"
#include "sim/run.hpp"
#include "sim/scenarios.hpp"

using namespace aegis;
using namespace aegis::sim;

namespace {

Change set(Duration at, std::size_t link, const bond::LinkPolicy& policy) {
  return {at, Change::Kind::kSetPolicy, link, {}, policy};
}

double megabits_per_second(const LinkReport& link, Duration length) {
  return static_cast<double>(link.wire_bytes) * 8e-6 / to_seconds(length);
}

constexpr RelayKind kRelays[] = {RelayKind::kAegis, RelayKind::kStock};

}  // namespace

TEST_CASE("a cap holds on the wire, and what it keeps back goes elsewhere", "[policy]") {
  for (RelayKind const relay : kRelays) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Scenario scenario = two_links(BitRate::megabits(5));
      scenario.relay = relay;
      scenario.changes = {set(0s, 0, {.cap = BitRate::megabits(2)})};
      RUN(report, scenario, seed);
      CHECK(report.lost_share() < 0.001);
      CHECK(megabits_per_second(report.links[0], scenario.length) < 2 * 1.02);
      CHECK(megabits_per_second(report.links[0], scenario.length) > 2 * 0.9);
    }
  }
}

TEST_CASE("a reserve is hardly used while the other link suffices, and saves the day when it fails",
          "[policy]") {
  for (RelayKind const relay : kRelays) {
    for (std::size_t const reserve : {0U, 1U}) {
      Scenario scenario = two_links(BitRate::megabits(3));
      scenario.relay = relay;
      scenario.changes = {set(0s, reserve, {.priority = 1})};
      {
        RUN(report, scenario, 1);
        CHECK(report.played == report.made);
        // Copies of what is overdue on the other.
        CHECK(report.links[reserve].data_packets * 50 < report.links[1 - reserve].data_packets);
      }
      darken(scenario.links[1 - reserve], 20s, 10s);
      RUN(report, scenario, 1);
      CHECK(report.played == report.made);
      CHECK(report.links[reserve].data_packets > 2000);
    }
  }
}

TEST_CASE("a reserve takes what is too much for the other link", "[policy]") {
  for (RelayKind const relay : kRelays) {
    Scenario scenario = two_links(BitRate::megabits(7));
    scenario.relay = relay;
    scenario.changes = {set(0s, 1, {.priority = 1})};
    RUN(report, scenario, 1);
    CHECK(report.lost_share() < 0.001);
    CHECK(megabits_per_second(report.links[0], scenario.length) > 5);
  }
}

TEST_CASE("links may be switched off and on, and nothing is lost", "[policy]") {
  for (RelayKind const relay : kRelays) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Scenario scenario = two_links(BitRate::megabits(3));
      scenario.relay = relay;
      for (int turn = 0; turn < 10; ++turn) {
        auto const link = static_cast<std::size_t>(turn % 2);
        scenario.changes.push_back(set((5 + 5 * turn) * 1s, link, {.off = true}));
        scenario.changes.push_back(set((8 + 5 * turn) * 1s, link, {}));
      }
      RUN(report, scenario, seed);
      CHECK(report.played == report.made);
    }
  }
}

TEST_CASE("links of any kind may be set to anything at any time", "[policy]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Scenario scenario = random_scenario(seed, 60s);
    Rng rng(seed);
    for (int i = 0; i < 40; ++i) {
      bond::LinkPolicy policy;
      policy.weight = 0.1 * static_cast<double>(1 + rng.below(100));
      policy.priority = static_cast<int>(rng.below(3));
      if (rng.below(3) == 0) policy.cap = BitRate::kilobits(50 + static_cast<int>(rng.below(5000)));
      policy.off = rng.below(4) == 0;
      scenario.changes.push_back(set(std::chrono::milliseconds(rng.below(60'000)),
                                     rng.below(static_cast<std::uint32_t>(scenario.links.size())),
                                     policy));
    }
    INFO("seed " << seed);
    RUN(report, scenario, seed);
  }
}
