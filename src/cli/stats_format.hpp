// Figures of a report as text, and text in columns. Pure: JSON in, text out. What is null, absent
// or of another type is "-", never 0; text of the report is escaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

// One line cut to `width` columns, painted as `terminal` can.
std::string render(const Line& line, std::size_t width, const Terminal& terminal);

namespace figures {

using Json = nlohmann::ordered_json;
inline constexpr const char* kUnknown = "-";

// The member, or null; a list, or an empty one.
const Json& field(const Json& object, const char* key);
const Json& list(const Json& object, const char* key);
bool is_true(const Json& object, const char* key);
std::optional<double> number(const Json& object, const char* key);

std::string text(const Json& object, const char* key);
std::string count(const Json& object, const char* key);
std::string milliseconds(const Json& object, const char* key);
std::string rate(const Json& object, const char* key);     // of bits per second
std::string seconds(const Json& object, const char* key);  // "1 h 02 min"
std::string percent(const Json& object, const char* key);  // of 0 to 1
// "2 min 05 s".
std::string span_text(std::int64_t seconds);
// "1 link", "2 links".
std::string counted(std::size_t count, std::string_view noun);
Span state(const Json& object);  // of its "state", in the colour of that

}  // namespace figures

// Columns as wide as their widest cell; figures to the right, names to the left.
class Table {
 public:
  struct Column {
    std::string title;
    bool figure = true;
  };
  explicit Table(std::vector<Column> titles) : columns_(std::move(titles)) {}
  void add(Line cells) { rows_.push_back(std::move(cells)); }
  void append_to(std::vector<Line>& out) const;

 private:
  std::size_t width_of(std::size_t column) const;
  Span cell(const Span& content, std::size_t column, std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<Line> rows_;
};

}  // namespace aegis::cli
