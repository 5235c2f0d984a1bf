// What rates are measured over: one list for the simulator and for the benchmark with real
// processes, so that their figures can be laid side by side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "sim/scenario.hpp"

namespace aegis::sim {

// Links only; rate, latency and length are for the caller to choose (at least 40 s show all that a
// case has). Steady, lossy, bursty, jittery and dark links; recorded traces in sets of two, three
// and four, the fastest first, when `traces` is a folder with at least two of them (those ending in
// ".up" where there are any); generated ones always; each kind of lost link beside a good set.
// Errors: kBadInput for a trace that is none.
Result<std::vector<Scenario>> rate_cases(const std::string& traces);

// Those whose names begin with one of `names` (all when empty). Errors: kUsage with the known
// names.
Result<std::vector<Scenario>> chosen_cases(std::vector<Scenario> all,
                                           const std::vector<std::string>& names);

}  // namespace aegis::sim
