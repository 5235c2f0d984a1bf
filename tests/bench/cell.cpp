#include "bench/cell.hpp"

#include <exception>
#include <map>

#include "sim/oracle.hpp"
#include "sim/search.hpp"

namespace aegis::bench {
namespace {

constexpr int kParts = 40, kGuess = 36, kComparison = 32;

class Prober {
 public:
  Prober(const Cell& cell, const CellOptions& options)
      : scenario_(cell.scenario), options_(options), oracle_(sim::oracle_rate(cell.scenario)) {}

  BitRate rate(int part) const { return oracle_.scaled(static_cast<double>(part) / kParts); }

  // The worst of the seeds; the later ones only as long as the rate gets through.
  const ProbeResult& at(int part) {
    if (auto const known = known_.find(part); known != known_.end()) return known->second;
    ProbeResult worst;
    for (std::uint64_t seed = 1; seed <= options_.seeds; ++seed) {
      ProbeResult const result = probe(part, seed);
      if (seed == 1 || result.missing > worst.missing) worst = result;
      if (worst.missing > sim::kTolerated) break;
    }
    return known_[part] = worst;
  }

  CellResult result(int best) {
    CellResult result;
    result.oracle_mbps = oracle_.megabits_per_second();
    result.rate_mbps = best > 0 ? rate(best).megabits_per_second() : 0;
    result.ratio = static_cast<double>(best) / kParts;
    result.at_80 = at(kComparison);
    if (best > 0) result.at_rate = at(best);
    result.busy = busy_;
    result.probes = probes_;
    return result;
  }

 private:
  // Again when it failed, or got nowhere on a machine that was too busy to blame the bond.
  ProbeResult probe(int part, std::uint64_t seed) {
    constexpr int kAttempts = 3;
    constexpr double kHopeless = 20 * sim::kTolerated;
    ProbeResult result;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      result = probe_once(part, seed);
      bool const ran = result.made > 0;
      bool const in_doubt =
          result.missing > sim::kTolerated && result.missing < kHopeless && result.busy();
      if (ran && !in_doubt) return result;
    }
    busy_ = true;
    return result;
  }

  ProbeResult probe_once(int part, std::uint64_t seed) {
    scenario_.rate = rate(part);
    nlohmann::json said{{"mbps", scenario_.rate.megabits_per_second()}, {"seed", seed}};
    ProbeResult result;
    try {
      result = run_probe(scenario_, seed);
      said.update(describe(result));
    } catch (const std::exception& error) {  // carries nothing, then
      said["failed"] = error.what();
    }
    probes_.push_back(said);
    return result;
  }

  sim::Scenario scenario_;
  CellOptions options_;
  BitRate oracle_;
  std::map<int, ProbeResult> known_;
  bool busy_ = false;
  nlohmann::json probes_ = nlohmann::json::array();
};

double simulated_ratio(sim::Scenario scenario, std::uint64_t count) {
  constexpr unsigned kSparsely =
      1000;  // the machines' invariants are for the simulator's own tests
  scenario.check_every = kSparsely;
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 1; seed <= count; ++seed) seeds.push_back(seed);
  BitRate const oracle = sim::oracle_rate(scenario);
  return sim::find_rate(scenario, oracle, seeds).megabits_per_second() /
         oracle.megabits_per_second();
}

}  // namespace

CellResult measure(const Cell& cell, const CellOptions& options) {
  Prober prober(cell, options);
  auto const passes = [&](int part) { return prober.at(part).missing <= sim::kTolerated; };
  int best = 0;
  if (options.search) {
    best = sim::highest_passing(kParts, kGuess, passes);
  } else if (passes(kComparison)) {
    best = kComparison;
  }
  CellResult result = prober.result(best);
  result.simulated_ratio = simulated_ratio(cell.scenario, options.seeds);
  return result;
}

}  // namespace aegis::bench
