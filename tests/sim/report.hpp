// A report in words and as JSON.
#pragma once

#include <string>

#include "sim/scenario.hpp"

namespace aegis::sim {

std::string to_table(const Report& report);
std::string to_json(const Report& report);  // one line

}  // namespace aegis::sim
