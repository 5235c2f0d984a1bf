// What `aegis stats --watch` shows of a report: what a streamer wants to know, at a glance. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/stats_format.hpp"
#include "cli/stats_history.hpp"

namespace aegis::cli {

enum class LinkOrder { kAsTheyAre, kRate, kRtt, kLoss };
std::string_view to_string(LinkOrder order);
LinkOrder next(LinkOrder order);

struct PanelStyle {
  std::size_t width = 80;  // columns; the curves take what is left
  bool utf8 = false;
  LinkOrder order = LinkOrder::kAsTheyAre;
};

std::vector<Line> panel_lines(const nlohmann::ordered_json& report, const RateHistory& history,
                              const PanelStyle& style);

}  // namespace aegis::cli
