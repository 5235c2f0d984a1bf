// An encoder whose rate follows the bond, over links that change.
#include <catch2/catch.hpp>

#include "sim/generated_trace.hpp"
#include "sim/oracle.hpp"
#include "sim/run.hpp"
#include "sim/scenarios.hpp"

using namespace aegis;
using namespace aegis::sim;

namespace {

constexpr BitRate kMost = BitRate::megabits(6);

Scenario adaptive(std::vector<LinkPlan> links, Duration latency) {
  Scenario scenario;
  scenario.links = std::move(links);
  scenario.latency = latency;
  scenario.frame = 33ms;
  scenario.adaptive = kMost;
  scenario.check_every = 16;
  return scenario;
}

LinkPlan lte_link(std::uint64_t seed) {
  emulator::Profile up;
  up.trace = generate_trace({.mean = BitRate::megabits(3), .length = 60s}, seed);
  up.delay = 40ms;
  return symmetric_link(up);
}

double share_of_capacity(const Scenario& scenario, const Report& report) {
  return report.made_rate.megabits_per_second() /
         mean_capacity(scenario, kMost).megabits_per_second();
}

}  // namespace

TEST_CASE("an adaptive encoder makes nearly all that steady links carry", "[adaptive]") {
  auto const scenario = adaptive({steady_link(BitRate::megabits(3), 30ms, 0.01),
                                  steady_link(BitRate::megabits(2), 60ms, 0.03)},
                                 1s);
  RUN(report, scenario, 1);
  CHECK(report.played == report.made);
  CHECK(share_of_capacity(scenario, report) > 0.9);
}

TEST_CASE("an adaptive encoder makes most of what changing links carry, and loses nothing at 2 s",
          "[adaptive]") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    auto const scenario = adaptive({lte_link(seed), lte_link(seed + 10)}, 2s);
    RUN(report, scenario, seed);
    CHECK(report.lost_share() < 0.001);
    CHECK(share_of_capacity(scenario, report) > 0.7);
  }
}

TEST_CASE("an adaptive encoder survives the loss of most of its capacity", "[adaptive]") {
  auto links = std::vector{steady_link(BitRate::megabits(4), 30ms, 0.001),
                           steady_link(BitRate::megabits(1), 60ms, 0.001)};
  darken(links[0], 20s, 10s);
  RUN(report, adaptive(std::move(links), 1s), 1);
  CHECK(report.lost_share() < 0.005);
  CHECK(report.broken == 0);
}
