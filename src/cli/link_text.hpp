// What the user has set of a link, and what it has used, in words; from an agent's JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace aegis::cli {

// "weight=2,cap=2M", "-" when all is as usual; fit for a terminal.
std::string settings_text(const nlohmann::ordered_json& link);
// "1.20 GB of 10.00 GB/month", or "1.20 GB/month" without a cap.
std::string data_text(const nlohmann::ordered_json& link);
// "wwan0: off by the user; data 1.20 GB/month".
std::string link_line(const std::string& name, const nlohmann::ordered_json& link);

}  // namespace aegis::cli
