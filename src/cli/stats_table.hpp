// A report as lines for people, with all that it says. Pure: JSON in, text out.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "cli/stats_format.hpp"

namespace aegis::cli {

// Every figure of a report that is of use to a person.
std::vector<Line> stats_lines(const nlohmann::ordered_json& report);

}  // namespace aegis::cli
