#include "cli/stats_format.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::cli {
namespace figures {
namespace {

Colour state_colour(const std::string& state) {
  if (state == "live" || state == "connected" || state == "there") return Colour::kGood;
  if (state == "down" || state == "failed" || state == "rejected" || state == "broken")
    return Colour::kBad;
  if (state == kUnknown) return Colour::kPlain;
  return Colour::kWarning;
}

}  // namespace

const Json& field(const Json& object, const char* key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  auto const found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

const Json& list(const Json& object, const char* key) {
  static const Json kEmpty = Json::array();
  auto const& value = field(object, key);
  return value.is_array() ? value : kEmpty;
}

bool is_true(const Json& object, const char* key) {
  auto const& value = field(object, key);
  return value.is_boolean() && value.get<bool>();
}

std::optional<double> number(const Json& object, const char* key) {
  auto const& value = field(object, key);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::string text(const Json& object, const char* key) {
  auto const& value = field(object, key);
  return value.is_string() ? escaped(value.get_ref<const std::string&>()) : kUnknown;
}

std::string count(const Json& object, const char* key) {
  auto const value = number(object, key);
  return value ? fmt::format("{:.0f}", *value) : kUnknown;
}

std::string milliseconds(const Json& object, const char* key) {
  auto const value = number(object, key);
  return value ? fmt::format("{:.0f} ms", *value) : kUnknown;
}

std::string rate(const Json& object, const char* key) {
  auto const value = number(object, key);
  return value ? to_string(BitRate(std::llround(*value))) : kUnknown;
}

std::string span_text(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string seconds(const Json& object, const char* key) {
  auto const value = number(object, key);
  return value ? span_text(static_cast<std::int64_t>(*value)) : kUnknown;
}

std::string percent(const Json& object, const char* key) {
  auto const value = number(object, key);
  return value ? fmt::format("{:.0f} %", *value * 100) : kUnknown;
}

Span state(const Json& object) {
  auto const name = text(object, "state");
  return {name, state_colour(name)};
}

}  // namespace figures

void Table::append_to(std::vector<Line>& out) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) widths.push_back(width_of(i));
  Line titles;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    titles.push_back(cell({columns_[i].title, Colour::kFaint}, i, widths[i]));
  out.push_back(std::move(titles));
  for (auto const& row : rows_) {
    Line line;
    for (std::size_t i = 0; i < row.size(); ++i) line.push_back(cell(row[i], i, widths[i]));
    out.push_back(std::move(line));
  }
}

std::size_t Table::width_of(std::size_t column) const {
  // Nothing stands behind the last one that a blank would keep in line.
  if (column + 1 == columns_.size() && !columns_[column].figure) return 0;
  auto widest = columns(columns_[column].title);
  for (auto const& row : rows_) widest = std::max(widest, columns(row[column].text));
  return widest;
}

Span Table::cell(const Span& content, std::size_t column, std::size_t width) const {
  return {(column == 0 ? "" : "  ") + padded(content.text, width, columns_[column].figure),
          content.colour};
}

std::string render(const Line& line, std::size_t width, const Terminal& terminal) {
  std::string out;
  for (auto const& span : line) {
    auto const shown = clipped(span.text, width);
    if (shown.empty()) continue;
    width -= columns(shown);
    out += terminal.painted(shown, span.colour);
  }
  return out;
}

}  // namespace aegis::cli
