// The real machines of the bond between model SRT peers over model links.
#include <catch2/catch.hpp>

#include "sim/run.hpp"
#include "sim/scenarios.hpp"

using namespace aegis;
using namespace aegis::sim;

namespace {

Scenario named(std::string_view name) {
  return named_scenario(name).value();
}

}  // namespace

TEST_CASE("two links of 30 and 60 ms lose nothing and repeat little", "[bond]") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    RUN(report, named("two-links"), seed);
    CHECK(report.played == report.made);
    CHECK(report.duplicates == 0);
    CHECK(report.losses > 30);
    CHECK(static_cast<double>(report.retransmitted) <= 1.5 * static_cast<double>(report.losses));
    CHECK(report.amplification_extra < 1.06);
    CHECK(report.links[1].data_packets > 5000);
  }
}

TEST_CASE("a link that goes dark costs nothing while the other can carry the rate", "[bond]") {
  for (auto const* name : {"dark-first", "dark-second"}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      RUN(report, named(name), seed);
      CHECK(report.played == report.made);
      CHECK(report.broken == 0);
    }
  }
}

TEST_CASE("a busy link's outage is noticed in a quarter of a second, its end in one", "[bond]") {
  RUN(report, named("dark-first"), 1);
  auto const& outage = report.links[0].outages.at(0);
  REQUIRE(outage.noticed);
  CHECK(*outage.noticed <= 270ms);
  REQUIRE(outage.readmitted);
  CHECK(*outage.readmitted <= 1s);
}

TEST_CASE("sequence numbers wrap in the middle of a stream", "[bond]") {
  RUN(report, named("wrap"), 1);
  CHECK(report.played == report.made);
}

TEST_CASE("an encoder that starts again with lower numbers is carried on", "[bond]") {
  RUN(report, named("encoder-restart"), 1);
  CHECK(report.connections == 2);
  // Lost is what the encoder could not send, and what was on its way when it shut down.
  CHECK(report.missing < 100);
  CHECK(report.unsent < 600);
}

TEST_CASE("a link that never answers does no harm", "[bond]") {
  RUN(report, named("dead-link"), 1);
  CHECK(report.played == report.made);
  CHECK(report.links[2].data_packets == 0);
}

TEST_CASE("a link that turns into a black hole does no harm", "[bond]") {
  RUN(report, named("black-hole"), 1);
  CHECK(report.played == report.made);
}

TEST_CASE("links may be taken out and put back", "[bond]") {
  RUN(report, named("hotplug"), 1);
  CHECK(report.played == report.made);
  CHECK(report.links[0].data_packets > 1000);
  CHECK(report.links[1].data_packets > 1000);
}

TEST_CASE("the stream comes back after the relay was restarted", "[bond]") {
  RUN(report, named("relay-restart"), 1);
  CHECK(report.connections == 2);
  // SRT needs 5 s to see that its peer is gone; before and after that everything plays.
  CHECK(report.made - report.played < report.made / 6);
}

TEST_CASE("two ends that prove themselves to each other lose nothing by it", "[bond]") {
  Scenario scenario = named("hotplug");
  scenario.paired = true;
  RUN(report, scenario, 1);
  CHECK(report.played == report.made);
  Scenario restarted = named("relay-restart");
  restarted.paired = true;
  RUN(again, restarted, 1);
  CHECK(again.connections == 2);
  CHECK(again.made - again.played < again.made / 6);
}

TEST_CASE("bursty and lossy links are repaired", "[bond]") {
  for (auto const* name : {"lossy", "bursty"}) {
    RUN(report, named(name), 1);
    CHECK(report.lost_share() < 0.001);
    CHECK(static_cast<double>(report.retransmitted) <= 1.5 * static_cast<double>(report.losses));
  }
}

TEST_CASE("all links dark at once for one second costs nothing at two seconds", "[bond]") {
  Scenario scenario = two_links(BitRate::megabits(4));
  scenario.name = "all dark";
  for (LinkPlan& link : scenario.links) darken(link, 20s, 1s);
  RUN(report, scenario, 1);
  CHECK(report.lost_share() < 0.001);
  CHECK(report.broken == 0);
}

TEST_CASE("Aegis's sender works with stock receivers", "[interop]") {
  for (RelayKind const relay : {RelayKind::kStock, RelayKind::kStockLastNak}) {
    Scenario scenario = named("two-links");
    scenario.relay = relay;
    scenario.rate = BitRate::megabits(6);
    RUN(report, scenario, 1);
    CHECK(report.lost_share() < 0.001);
    CHECK(report.connections == 1);
    CHECK(report.links[0].data_packets > 1000);
  }
}

TEST_CASE("a stock sender works with Aegis's receiver, and repeats less than with its own",
          "[interop]") {
  Scenario scenario = named("two-links");
  scenario.rig = RigKind::kStock;
  scenario.rate = BitRate::megabits(6);
  RUN(report, scenario, 1);
  CHECK(report.lost_share() < 0.001);
  CHECK(static_cast<double>(report.retransmitted) <= 1.5 * static_cast<double>(report.losses));
  scenario.relay = RelayKind::kStock;
  CHECK(run_scenario(scenario, 1).retransmitted > 2 * report.retransmitted);
}
