// `aegis config show`: what every option comes to when it is not typed, and where from.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "common/config/private_file.hpp"
#include "common/config/settings.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;
using Type = OptionInForce::Type;

// What is right of a value stands in a column, unless the value is as long as this.
constexpr std::size_t kWidestValue = 44;

// Of a URL no more than its host: a name, a password, a stream id or a path may be a secret.
std::string shown(const std::string& value) {
  auto const scheme = value.find("://");
  if (scheme == std::string::npos) return value;
  auto const begin = scheme + 3;
  auto const path = std::min(value.find_first_of("/?#", begin), value.size());
  auto const at = value.substr(0, path).rfind('@');  // a name and a password may hold commas
  bool const named = at != std::string::npos && at >= begin;
  auto const host_begin = named ? at : begin;
  auto const end = std::min(value.find(',', host_begin), path);
  auto const host = (named ? "***" : "") + value.substr(host_begin, end - host_begin);
  bool const more = end + 1 < value.size();
  return value.substr(0, begin) + host + (more ? value.substr(end, 1) + "***" : "");
}

std::string quoted_text(const std::string& value) {
  std::string out = "\"";
  for (char const c : value) {
    bool const control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (c == '"' || c == '\\') out += '\\';
    out += control ? fmt::format("\\u{:04x}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return escaped(out) + "\"";
}

// As aegis.toml has it.
std::string toml_value(const OptionInForce& option) {
  if (option.type == Type::kFlag) return option.values.front();
  std::vector<std::string> texts;
  for (auto const& value : option.values) texts.push_back(quoted_text(shown(value)));
  if (texts.size() == 1) return texts.front();
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

void print_command(const CommandInForce& command) {
  auto table = command.path;
  std::replace(table.begin(), table.end(), ' ', '.');
  fmt::print("\n[{}]\n", table);
  std::size_t width = 0;
  for (auto const& option : command.options)
    if (!option.values.empty())
      width = std::max(width, columns(option.name + " = " + toml_value(option)));
  width = std::min(width, kWidestValue);
  for (auto const& option : command.options) {
    if (option.values.empty() && option.line == 0) {
      fmt::print("# {} is not set\n", option.name);
      continue;
    }
    fmt::print("{}  # {}\n", padded(option.name + " = " + toml_value(option), width, false),
               option.line == 0 ? "default" : fmt::format("line {}", option.line));
  }
}

Json json_value(const OptionInForce& option) {
  if (option.type == Type::kFlag) return option.values.front() == "true";
  Json list = Json::array();
  for (auto const& value : option.values) list.push_back(shown(value));
  if (option.type == Type::kList) return list;
  return list.empty() ? Json(nullptr) : list.front();
}

Json to_json(const InForce& in_force) {
  Json commands = Json::array();
  for (auto const& command : in_force.commands) {
    Json options = Json::array();
    for (auto const& option : command.options) {
      bool const unset = option.values.empty() && option.line == 0;
      options.push_back({{"name", option.name},
                         {"value", json_value(option)},
                         {"from", option.line != 0 ? "file"
                                  : unset          ? "unset"
                                                   : "default"},
                         {"line", option.line == 0 ? Json(nullptr) : Json(option.line)}});
    }
    commands.push_back({{"command", command.path}, {"options", std::move(options)}});
  }
  auto const file = in_force.file.string();
  return {{"schema", 1},
          {"kind", "config"},
          {"file", file.empty() ? Json(nullptr) : Json(file)},
          {"commands", std::move(commands)}};
}

void print_file(const InForce& in_force) {
  if (!in_force.file.empty())
    return fmt::print("# lines are those of {}\n", config::quoted(in_force.file));
  std::vector<std::string> places;
  for (auto const& file : config::default_settings_files()) places.push_back(config::quoted(file));
  fmt::print("# there is no {}\n", fmt::join(places, " and no "));
}

}  // namespace

Status cmd_config_show(const Arguments& arguments) {
  auto const wanted = fmt::format("{}", fmt::join(arguments.config_show.command, " "));
  auto const in_force = options_in_force(arguments.config, wanted);
  if (!in_force) return in_force.error();
  if (in_force->commands.empty())
    return Error{ErrorKind::kUsage, "config show",
                 fmt::format("there is no command '{}' that takes options", wanted),
                 "aegis config show stream"};
  if (arguments.config_show.json) {
    fmt::print("{}\n", to_json(*in_force).dump(2, ' ', false, Json::error_handler_t::replace));
    return success();
  }
  print_file(*in_force);
  for (auto const& command : in_force->commands) print_command(command);
  return success();
}

}  // namespace aegis::cli
