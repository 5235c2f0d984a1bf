// Options of aegis config.
#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace aegis::cli {

void add_config_show(CLI::App& app, Arguments& arguments) {
  auto* config = add_command(app, "config", "Show what the options come to, and where from",
                             "aegis config show\n"
                             "aegis config show relay serve\n");
  auto* show = add_command(*config, "show", "Print each option as it is when it is not typed",
                           "aegis config show stream\n"
                           "aegis config show relay serve --config new.toml\n"
                           "aegis config show --json\n");
  show->add_option("COMMAND...", arguments.config_show.command,
                   "whose options, and those of the commands below it [every command's]")
      ->type_name("");
  show->add_flag("--json", arguments.config_show.json, kJsonAbout);
  add_config(*show, arguments);
}

}  // namespace aegis::cli
