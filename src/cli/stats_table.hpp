// A report as lines for people. Pure: JSON in, text out.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"

namespace aegis::cli {

// A piece of a line in one colour.
struct Span {
  std::string text;
  Colour colour = Colour::kPlain;
};
using Line = std::vector<Span>;

// What is null or absent is shown as "-", never as 0. Text of the report is escaped.
std::vector<Line> stats_lines(const nlohmann::ordered_json& report);

// One line cut to `width` columns, painted as `terminal` can.
std::string render(const Line& line, std::size_t width, const Terminal& terminal);

}  // namespace aegis::cli
