// `aegis stats --watch` on a terminal: a page that is drawn anew each second, and obeys keys.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/stats_condition.hpp"
#include "cli/terminal.hpp"
#include "common/base/result.hpp"

namespace aegis::cli {

// What one round of asking brought.
struct StatsRound {
  std::vector<nlohmann::ordered_json> reports;
  std::vector<Error> errors;  // of targets that are there but did not answer well
};

// Until the user has seen enough (then nothing is returned), or one of `conditions` holds: what it
// found. `ask` may take seconds: it is called on a thread of its own.
std::string watch_on_screen(const std::function<StatsRound()>& ask, StatsRound first,
                            std::vector<Condition> conditions, const Terminal& terminal);

// What the first condition that holds has found; every one of them looks.
std::string first_that_holds(std::vector<Condition>& conditions, const StatsRound& round, Time now);

}  // namespace aegis::cli
