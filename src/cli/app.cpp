#include "cli/app.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/help.hpp"
#include "cli/options.hpp"
#include "common/base/version.hpp"

namespace aegis::cli {

CLI::App* add_command(CLI::App& parent, const char* name, const char* about, const char* examples) {
  auto* command = parent.add_subcommand(name, about);
  command->require_subcommand(0, 1);
  command->footer(examples);
  return command;
}

CLI::Option* add_text(CLI::App& command, const char* name, std::string& value, const char* type,
                      const char* about) {
  return command.add_option(name, value, about)->type_name(type);
}

void add_config(CLI::App& command, Arguments& arguments) {
  add_text(command, "--config", arguments.config, "FILE",
           "options not given here, from this file instead of aegis.toml");
}

void add_state(CLI::App& command, Arguments& arguments) {
  add_text(command, "--state", arguments.state, "FILE",
           "streams and keys, in this file instead of the usual state.toml");
}

void add_texts(CLI::App& command, const char* name, std::vector<std::string>& values,
               const char* type, const char* about) {
  command.add_option(name, values, about)->type_name(type)->allow_extra_args(false);
}

void build(CLI::App& app, Arguments& arguments) {
  app.name("aegis");
  app.description("One live stream over several links, with SRT and SRTLA");
  app.footer(
      "aegis pair new cam --stock --host relay.example.org\n"
      "aegis relay serve\n"
      "aegis stream --relay relay.example.org --key cam.json\n");
  app.require_subcommand(0, 1);
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", std::string(version()), "print the version");
  add_relay(app, arguments);
  add_stream(app, arguments);
  add_link(app, arguments);
  add_pair(app, arguments);
  add_tenant(app, arguments);
  add_state_commands(app, arguments);
  add_stats(app, arguments);
  add_doctor(app, arguments);
  add_config_show(app, arguments);
  for (auto const* seldom : {"tenant", "state", "config"})
    app.get_subcommand(seldom)->group(kSeldomUsed);
}

const CLI::App& parsed_command(const CLI::App& app) {
  auto const below = app.get_subcommands();
  return below.empty() ? app : parsed_command(*below.front());
}

std::string command_path(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "";
  auto const above = command_path(*command.get_parent());
  return above.empty() ? command.get_name() : above + " " + command.get_name();
}

Error bad_option(const Arguments& arguments, std::string_view option, const Error& error) {
  auto const found = arguments.from_file.find(option);
  bool const typed = found == arguments.from_file.end();
  return {typed ? ErrorKind::kUsage : ErrorKind::kConfiguration,
          typed ? fmt::format("--{}", option) : fmt::format("'{}' in {}", option, found->second),
          error.what.empty() ? error.why : fmt::format("{}: {}", error.what, error.why),
          error.hint};
}

}  // namespace aegis::cli
