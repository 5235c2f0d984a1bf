// What the demo says at its end.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "demo/picture_watch.hpp"

namespace aegis::demo {

// The links' counters at the start of a phase. Without emulated links there are none.
struct Phase {
  std::string name;
  Time start;
  nlohmann::json links;
};

// Bit rate of each link in each phase, and what each link lost. `phases` ends with the instant of
// the end.
std::string link_table(const std::vector<Phase>& phases);

// Loss before and after recovery, gaps and latency. `account` is the counting player's.
std::string player_table(const std::vector<Phase>& phases, const nlohmann::json& account,
                         const PictureFigures& picture, Duration first_picture);

}  // namespace aegis::demo
