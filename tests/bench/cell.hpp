// One cell of the table: two ends, one scenario, one latency; what they carry at most.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/probe.hpp"

namespace aegis::bench {

struct Cell {
  std::string ends;        // "aegis > aegis", "peer > aegis", ...
  sim::Scenario scenario;  // without its rate
};

struct CellOptions {
  std::uint64_t seeds = 1;  // each rate is tried with so many; all have to get through
  bool search = true;       // no: only 80 % of the oracle is tried
};

struct CellResult {
  double oracle_mbps = 0, rate_mbps = 0, ratio = 0;
  double simulated_ratio = 0;  // what the simulator says: a gap between the two wants a reason
  ProbeResult at_rate, at_80;  // at the highest rate that gets through, at 80 % of the oracle
  bool busy = false;           // a rate got nowhere, and the machine may be to blame
  nlohmann::json probes = nlohmann::json::array();
};

// Bisects over 2.5 % of the oracle's rate, beginning at 90 %: see sim::highest_passing().
CellResult measure(const Cell& cell, const CellOptions& options);

}  // namespace aegis::bench
