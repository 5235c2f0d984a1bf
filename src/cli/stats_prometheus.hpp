// A rig's report as Prometheus reads it: for the textfile collector of its node exporter, or any
// shell script that hands it on. A relay serves its own at /metrics. Pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace aegis::cli {

// All reports are of rigs.
std::string rig_exposition(const std::vector<nlohmann::ordered_json>& rigs);

}  // namespace aegis::cli
