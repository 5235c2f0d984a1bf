// Options of aegis stats.
#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace aegis::cli {

void add_stats(CLI::App& app, Arguments& arguments) {
  auto* stats = add_command(app, "stats", "Show what running agents and relays do",
                            "aegis stats --watch\n"
                            "aegis stats http://127.0.0.1:5080 --json\n"
                            "aegis stats --watch --json | jq .state\n");
  auto& args = arguments.stats;
  stats
      ->add_option("TARGET", args.target,
                   "an agent's socket or a relay's http[s]://HOST:PORT [all that run here]")
      ->type_name("");
  add_text(*stats, "--api-key", args.api_key, "FILE", "the key that the relay asks for");
  add_text(*stats, "--ca", args.ca, "FILE",
           "certificates to trust a relay's https by, in PEM [those of this host]");
  stats->add_flag("--watch", args.watch, "again every second, until interrupted");
  stats->add_flag("--json", args.json, kJsonAbout);
  add_config(*stats, arguments);
}

}  // namespace aegis::cli
