#include "cli/settings.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/suggest.hpp"
#include "common/config/private_file.hpp"
#include "common/config/settings.hpp"
#include "common/config/state.hpp"

namespace aegis::cli {
namespace {

std::string where(const config::SettingsFile& file, const config::Setting& setting) {
  return fmt::format("{}, line {}", config::quoted(file.path), setting.line);
}

Error bad_setting(const config::SettingsFile& file, const config::Setting& setting, std::string why,
                  std::string hint) {
  return {ErrorKind::kConfiguration, where(file, setting), std::move(why), std::move(hint)};
}

CLI::App* find_command(CLI::App& app, const std::vector<std::string>& path) {
  auto* command = &app;
  for (auto const& name : path) {
    CLI::App* found = nullptr;
    for (auto* below : command->get_subcommands({}))
      if (below->get_name() == name) found = below;
    if (found == nullptr) return nullptr;
    command = found;
  }
  return command;
}

// Options that make no sense in a file: those that pick the file, and those that print and end.
bool is_settable(const CLI::Option& option) {
  if (option.get_positional() || option.get_lnames().empty()) return false;
  auto const& name = option.get_lnames().front();
  return name != "config" && name != "help" && name != "version";
}

CLI::Option* find_option(CLI::App& command, const std::string& name) {
  for (auto* option : command.get_options())
    if (is_settable(*option) && option->get_lnames().front() == name) return option;
  return nullptr;
}

std::vector<std::string> settable_names(CLI::App& command) {
  std::vector<std::string> names;
  for (auto const* option : command.get_options())
    if (is_settable(*option)) names.push_back(option->get_lnames().front());
  return names;
}

OptionInForce::Type type_of(const CLI::Option& option) {
  using Type = OptionInForce::Type;
  auto const values = option.get_items_expected_max();
  return values == 0 ? Type::kFlag : values == 1 ? Type::kText : Type::kList;
}

Status check_type(const config::SettingsFile& file, const config::Setting& setting,
                  const CLI::Option& option) {
  bool const flag = type_of(option) == OptionInForce::Type::kFlag;
  bool const many = type_of(option) == OptionInForce::Type::kList;
  using Type = config::Setting::Type;
  if (flag != (setting.type == Type::kFlag))
    return bad_setting(file, setting,
                       fmt::format("'{}' takes {}", setting.key, flag ? "true or false" : "a text"),
                       fmt::format("write {} = {}", setting.key, flag ? "true" : "\"...\""));
  if (setting.type == Type::kList && !many)
    return bad_setting(file, setting, fmt::format("'{}' takes one value, not a list", setting.key),
                       fmt::format("write {} = \"...\"", setting.key));
  return success();
}

Error unknown_setting(const config::SettingsFile& file, const config::Setting& setting,
                      CLI::App* command) {
  if (command == nullptr)
    return bad_setting(file, setting,
                       fmt::format("unknown table [{}]", fmt::join(setting.table, ".")),
                       "tables are named after commands, such as [stream] and [relay.serve]");
  auto const near = suggestion(setting.key, settable_names(*command));
  auto const path = command_path(*command);
  auto const place = path.empty() ? "outside of every table"
                                  : fmt::format("in [{}]", fmt::join(setting.table, "."));
  return bad_setting(file, setting, fmt::format("unknown key '{}' {}", setting.key, place),
                     near.empty() ? fmt::format("see the options: aegis {} --help", path)
                                  : fmt::format("did you mean `{}`?", near));
}

// What `relay serve` is set to concerns those that tell others of it, ask it, or share its state;
// after their own settings, which win.
void borrow_from_relay(const config::SettingsFile& file, Arguments& arguments) {
  auto& relay = arguments.relay;
  for (auto const& setting : file.settings) {
    if (setting.table != std::vector<std::string>{"relay", "serve"}) continue;
    if (setting.key == "state" && arguments.state.empty()) arguments.state = setting.values.front();
    for (auto const& [key, value] :
         {std::pair("srtla", &relay.srtla), std::pair("srt-publish", &relay.srt_publish),
          std::pair("srt-play", &relay.srt_play), std::pair("http", &relay.http),
          std::pair("pair-listen", &relay.pair_listen), std::pair("tls-cert", &relay.tls_cert),
          std::pair("api-key", &relay.api_key)}) {
      if (setting.key != key) continue;
      *value = setting.values.front();
      arguments.from_file[setting.key] = where(file, setting);
    }
  }
}

// What `stream` is set to is what `doctor` looks at; after what was typed, which wins.
void borrow_from_stream(const config::SettingsFile& file, Arguments& arguments) {
  auto& stream = arguments.stream;
  std::vector<std::string> state;
  if (!arguments.state.empty()) state = {arguments.state};
  for (auto const& setting : file.settings) {
    if (setting.table != std::vector<std::string>{"stream"}) continue;
    for (auto const& [key, values] :
         {std::pair("relay", &stream.relays), std::pair("key", &stream.keys),
          std::pair("link", &stream.links), std::pair("state", &state)}) {
      if (setting.key != key || !values->empty()) continue;
      *values = setting.values;
      arguments.from_file[setting.key] = where(file, setting);
    }
  }
  if (!state.empty()) arguments.state = state.front();
}

bool shares_the_relays_state(const std::string& path) {
  return path.starts_with("pair ") || path.starts_with("tenant ") || path.starts_with("state ");
}

const config::Setting* find_setting(const config::SettingsFile& file, const std::string& table,
                                    const std::string& key) {
  for (auto const& setting : file.settings)
    if (setting.key == key && fmt::format("{}", fmt::join(setting.table, " ")) == table)
      return &setting;
  return nullptr;
}

OptionInForce in_force(const CLI::Option& option, const std::string& path,
                       const config::SettingsFile& file) {
  OptionInForce out{option.get_lnames().front(), type_of(option), {}, 0};
  auto const* setting = find_setting(file, path, out.name);
  if (setting == nullptr && out.name == "state" && shares_the_relays_state(path))
    setting = find_setting(file, "relay serve", out.name);
  if (setting != nullptr) {
    out.values = setting->values;
    out.line = setting->line;
  } else if (out.type == OptionInForce::Type::kFlag) {
    out.values = {"false"};
  } else if (out.name == "state") {
    out.values = {config::default_state_file().string()};
  } else if (!option.get_default_str().empty()) {
    out.values = {option.get_default_str()};
  }
  return out;
}

void add_in_force(CLI::App& command, const std::string& wanted, const config::SettingsFile& file,
                  std::vector<CommandInForce>& out) {
  CommandInForce found{command_path(command), {}};
  bool const asked = wanted.empty() || found.path == wanted || found.path.starts_with(wanted + " ");
  for (auto const* option : command.get_options())
    if (asked && is_settable(*option)) found.options.push_back(in_force(*option, found.path, file));
  if (!found.options.empty()) out.push_back(std::move(found));
  for (auto* below : command.get_subcommands({})) add_in_force(*below, wanted, file, out);
}

}  // namespace

Result<InForce> options_in_force(const std::filesystem::path& config_file,
                                 const std::string& wanted) {
  CLI::App app;
  Arguments arguments;
  build(app, arguments);
  arguments.config = config_file;
  if (auto sound = apply_settings(app, arguments); !sound) return sound.error();
  auto const file = config::load_settings(config_file);
  if (!file) return file.error();
  InForce out{file->path, {}};
  add_in_force(app, wanted, *file, out.commands);
  return out;
}

Status apply_settings(CLI::App& app, Arguments& arguments) {
  auto const file = config::load_settings(arguments.config);
  if (!file) return file.error();
  auto const* parsed = &parsed_command(app);
  for (auto const& setting : file->settings) {
    auto* command = find_command(app, setting.table);
    auto* option = command == nullptr ? nullptr : find_option(*command, setting.key);
    if (option == nullptr) return unknown_setting(*file, setting, command);
    if (auto fit = check_type(*file, setting, *option); !fit) return fit;
    if (command != parsed || option->count() > 0) continue;
    try {
      for (auto const& value : setting.values) option->add_result(value);
      if (!setting.values.empty()) option->run_callback();
    } catch (const CLI::ParseError& error) {
      return bad_setting(*file, setting, error.what(),
                         fmt::format("see the option: aegis {} --help", command_path(*command)));
    }
    arguments.from_file[setting.key] = where(*file, setting);
  }
  auto const path = command_path(*parsed);
  if (path == "doctor") borrow_from_stream(*file, arguments);
  if (path == "stats" || path == "doctor" || shares_the_relays_state(path))
    borrow_from_relay(*file, arguments);
  return success();
}

}  // namespace aegis::cli
