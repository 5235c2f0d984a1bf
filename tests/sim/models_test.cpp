// The models themselves, without a bond between them: do they behave as what they stand for?
#include <catch2/catch.hpp>

#include "sim/cases.hpp"
#include "sim/generated_trace.hpp"
#include "sim/oracle.hpp"
#include "sim/scenarios.hpp"
#include "sim/search.hpp"

using namespace aegis;
using namespace aegis::sim;

namespace {

Scenario unbonded(std::vector<LinkPlan> links) {
  Scenario scenario;
  scenario.rig = RigKind::kAlternating;
  scenario.relay = RelayKind::kPlain;
  scenario.rate = BitRate::megabits(5);
  scenario.length = 20s;
  scenario.links = std::move(links);
  return scenario;
}

// One link as fast as the other, but 100 ms longer.
Scenario skewed() {
  Scenario scenario = unbonded(
      {steady_link(BitRate::megabits(50), 5ms, 0), steady_link(BitRate::megabits(50), 105ms, 0)});
  scenario.links[1].down = scenario.links[0].down;
  return scenario;
}

double near_to(BitRate rate, double megabits) {
  return rate.megabits_per_second() / megabits;
}

}  // namespace

TEST_CASE("SRT over one clean link repeats nothing and plays at the latency", "[models]") {
  auto const report = run_scenario(unbonded({steady_link(BitRate::megabits(10), 40ms, 0)}), 1);
  CHECK(report.made > 9000);
  CHECK(report.played == report.made);
  CHECK(report.retransmitted == 0);
  CHECK(report.naks == 0);
  CHECK(report.connections == 1);
  CHECK(report.excess_p95 >= 39ms);
  CHECK(report.excess_p95 <= 42ms);
  CHECK(report.violations.empty());
}

TEST_CASE("SRT over one lossy link repairs each loss about once", "[models]") {
  auto const report = run_scenario(unbonded({steady_link(BitRate::megabits(10), 40ms, 0.02)}), 2);
  CHECK(report.played == report.made);
  CHECK(report.losses > 100);
  CHECK(report.retransmitted >= report.losses);
  CHECK(report.retransmitted <= report.losses * 3 / 2);
}

TEST_CASE("SRT gives up what comes after its time", "[models]") {
  Scenario scenario = unbonded({steady_link(BitRate::megabits(10), 40ms, 0)});
  darken(scenario.links[0], 8s, 3s);
  auto const report = run_scenario(scenario, 3);
  CHECK(report.missing > 300);
  CHECK(report.missing < 3 * 500);
  CHECK(report.connections == 1);
}

TEST_CASE("SRT breaks off after five seconds of silence and dials again", "[models]") {
  Scenario scenario = unbonded({steady_link(BitRate::megabits(10), 40ms, 0)});
  darken(scenario.links[0], 5s, 7s);
  auto const report = run_scenario(scenario, 4);
  CHECK(report.broken == 1);
  CHECK(report.connections == 2);
  CHECK(report.unsent > 0);
}

TEST_CASE("stock SRT takes reordering for loss", "[models]") {
  auto const at_once = run_scenario(skewed(), 5);
  CHECK(at_once.losses == 0);
  CHECK(at_once.played == at_once.made);
  CHECK(at_once.retransmitted > at_once.made / 2);

  Scenario tolerant = skewed();
  tolerant.loss_max_ttl = 200;
  auto const periodic = run_scenario(tolerant, 5);
  CHECK(periodic.retransmitted > periodic.made / 4);  // the periodic NAK defeats LOSSMAXTTL
  tolerant.nak_report = false;
  CHECK(run_scenario(tolerant, 5).retransmitted < at_once.retransmitted / 2);
}

TEST_CASE("SRT's sequence numbers wrap", "[models]") {
  Scenario scenario = unbonded({steady_link(BitRate::megabits(10), 40ms, 0.01)});
  scenario.first_sequence = SeqNo(0x7fffffff - 1000);
  auto const report = run_scenario(scenario, 6);
  CHECK(report.played == report.made);
}

TEST_CASE("same seed, same outcome; another seed, another", "[models]") {
  Scenario const scenario = unbonded({steady_link(BitRate::megabits(6), 40ms, 0.05)});
  auto const first = run_scenario(scenario, 7);
  CHECK(run_scenario(scenario, 7).events == first.events);
  CHECK(run_scenario(scenario, 8).events != first.events);
}

TEST_CASE("the oracle knows what a steady link carries", "[oracle]") {
  Scenario scenario;
  scenario.links = {steady_link(BitRate::megabits(10), 40ms, 0)};
  double const payload = 1316.0 / 1360.0;
  CHECK(near_to(oracle_rate(scenario), 10 * payload) == Approx(1).epsilon(0.05));
  scenario.links[0].up.loss = 0.1;
  CHECK(near_to(oracle_rate(scenario), 9 * payload) == Approx(1).epsilon(0.05));
}

TEST_CASE("the oracle needs the latency to ride out an outage", "[oracle]") {
  Scenario scenario;
  scenario.links = {steady_link(BitRate::megabits(10), 40ms, 0),
                    steady_link(BitRate::megabits(3), 40ms, 0)};
  double const payload = 1316.0 / 1360.0;
  darken(scenario.links[0], 20s, 10s);
  // What is made in the first 8.04 s of it has those 10 s of the second link.
  CHECK(near_to(oracle_rate(scenario), 3 * payload * 10 / 8.04) == Approx(1).epsilon(0.03));
  scenario.links.pop_back();
  CHECK(oracle_rate(scenario).megabits_per_second() < 0.01);
  scenario.latency = 11s;
  CHECK(near_to(oracle_rate(scenario), 10 * payload) == Approx(1).epsilon(0.05));
}

TEST_CASE("the oracle is not beaten by what went through", "[oracle]") {
  Scenario scenario = unbonded({steady_link(BitRate::megabits(4), 40ms, 0)});
  scenario.rate = oracle_rate(scenario).scaled(0.97);
  CHECK(run_scenario(scenario, 9).lost_share() < 0.001);
  scenario.rate = oracle_rate(scenario).scaled(1.2);
  CHECK(run_scenario(scenario, 9).lost_share() > 0.01);
}

TEST_CASE("a generated trace keeps near its mean and has its dark times", "[models]") {
  auto const trace = generate_trace({.mean = BitRate::megabits(4), .length = 600s}, 10);
  double const mean = trace->mean_rate().megabits_per_second();
  CHECK(mean > 3);
  CHECK(mean < 7);
  Duration longest{};
  for (std::uint64_t i = 1; i < trace->size(); ++i)
    longest = std::max(longest, trace->at(i) - trace->at(i - 1));
  CHECK(longest > 500ms);
  CHECK(longest < 5s);
}

TEST_CASE("The search finds the border from any guess, in few steps") {
  for (int border = 0; border <= 40; ++border) {
    for (int guess = 0; guess <= 41; ++guess) {
      int calls = 0;
      int const found = highest_passing(40, guess, [&](int part) {
        CHECK((part >= 1 && part <= 40));
        ++calls;
        return part <= border;
      });
      CHECK(found == border);
      CHECK(calls <= 10);
      if (guess == border) CHECK(calls <= 2);
    }
  }
}

TEST_CASE("Every case of the benchmark has links that can carry something at every latency") {
  auto const cases = rate_cases("");
  REQUIRE(cases);
  CHECK(cases->size() >= 12);
  for (Scenario scenario : *cases) {
    INFO(scenario.name);
    scenario.length = 40s;
    double last = 0;
    for (Duration const latency : {300ms, 500ms, 1000ms, 2000ms}) {
      scenario.latency = latency;
      double const rate = oracle_rate(scenario).megabits_per_second();
      CHECK(rate > 0.2);
      CHECK(rate >= last);
      last = rate;
    }
  }
  CHECK_FALSE(chosen_cases(*cases, {"nothing"}));
  CHECK(chosen_cases(*cases, {"steady", "lossy-2"})->size() == 4);
}
