#include "cli/help.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/app.hpp"
#include "cli/terminal.hpp"
#include "common/base/version.hpp"

namespace aegis::cli {
namespace {

constexpr std::size_t kMinWidth = 40, kMaxWidth = 100;

struct Row {
  std::string label, about;
};

std::string program(const CLI::App& command) {
  auto const path = command_path(command);
  return path.empty() ? "aegis" : "aegis " + path;
}

// Two columns; the second is broken at blanks to fit `width`.
std::string two_columns(const std::vector<Row>& rows, std::size_t width) {
  std::size_t label_width = 0;
  for (auto const& row : rows) label_width = std::max(label_width, columns(row.label));
  auto const indent = label_width + 4;
  std::string out;
  for (auto const& row : rows) {
    std::string line = "  " + padded(row.label, label_width, false) + "  ";
    std::istringstream words(row.about);
    std::string word;
    bool first_word = true;
    while (words >> word) {
      if (!first_word && columns(line) + 1 + columns(word) > width) {
        out += line + "\n";
        line = std::string(indent, ' ');
        first_word = true;
      }
      line += (first_word ? "" : " ") + word;
      first_word = false;
    }
    out += line + "\n";
  }
  return out;
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string line, out;
  while (std::getline(lines, line)) out += "  " + line + "\n";
  return out;
}

std::string usage(const CLI::App& command) {
  std::string out = program(command);
  bool const has_commands = !command.get_subcommands({}).empty();
  if (has_commands) out += " COMMAND";
  for (auto const* option : command.get_options()) {
    if (!option->get_positional()) continue;
    auto const label = option_label(*option);
    out += has_commands                    ? " | [" + label + "]"
           : command.get_name() == "stats" ? " [" + label + "]"
                                           : " " + label;
  }
  return out + " [OPTIONS]";
}

std::vector<Row> option_rows(const CLI::App& command, bool positional) {
  std::vector<Row> rows;
  for (auto const* option : command.get_options()) {
    if (option->get_positional() != positional) continue;
    auto about = option->get_description();
    if (!option->get_default_str().empty())
      about += fmt::format(" [{}]", option->get_default_str());
    rows.push_back({option_label(*option), about});
  }
  return rows;
}

std::vector<Row> command_rows(const CLI::App& command) {
  std::vector<Row> rows;
  for (auto const* below : command.get_subcommands({}))
    rows.push_back({below->get_name(), below->get_description()});
  return rows;
}

}  // namespace

std::string option_label(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string out;
  for (auto const& name : option.get_snames()) out += "-" + name + ", ";
  for (auto const& name : option.get_lnames()) out += "--" + name;
  bool const takes_value = option.get_items_expected_max() > 0;
  return takes_value ? fmt::format("{} {}", out, option.get_type_name()) : out;
}

std::string overview(const CLI::App& app) {
  std::vector<Row> rows;
  std::string seldom;
  for (auto const* command : app.get_subcommands({})) {
    auto const& name = command->get_name();
    if (command->get_group() == kSeldomUsed) {
      seldom += (seldom.empty() ? "" : ", ") + name;
    } else {
      rows.push_back({name, command->get_description()});
    }
  }
  rows.push_back({"and", seldom});
  return fmt::format("aegis {}: {}\n\n{}\n{}\nMore: aegis COMMAND --help, man aegis\n", version(),
                     app.get_description(), indented(app.get_footer()),
                     two_columns(rows, kMaxWidth));
}

std::string help(const CLI::App& command, std::size_t width) {
  width = std::clamp(width, kMinWidth, kMaxWidth);
  std::string out =
      fmt::format("{}: {}\n\nExamples:\n{}\nUsage: {}\n", program(command),
                  command.get_description(), indented(command.get_footer()), usage(command));
  auto const section = [&](const char* title, const std::vector<Row>& rows) {
    if (!rows.empty()) out += fmt::format("\n{}:\n{}", title, two_columns(rows, width));
  };
  section("Commands", command_rows(command));
  section("Arguments", option_rows(command, true));
  section("Options", option_rows(command, false));
  return out;
}

}  // namespace aegis::cli
