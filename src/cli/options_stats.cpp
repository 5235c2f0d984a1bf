// Options of aegis stats.
#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace aegis::cli {
void add_stats(CLI::App& app, Arguments& arguments) {
  auto* stats = add_command(app, "stats", "Show what running agents and relays do",
                            "aegis stats --watch\n"
                            "aegis stats http://127.0.0.1:5080 --json\n"
                            "aegis stats --watch --json | jq .state\n"
                            "aegis stats --fail-if 'loss>1% for 10s' || echo lossy\n");
  auto& args = arguments.stats;
  stats
      ->add_option("TARGET", args.targets,
                   "agents' sockets and relays' http[s]://HOST:PORT [all that run here]")
      ->type_name("");
  add_text(*stats, "--api-key", args.api_key, "FILE", "the key that the relay asks for");
  add_text(*stats, "--ca", args.ca, "FILE",
           "certificates to trust a relay's https by, in PEM [those of this host]");
  stats->add_flag("--watch", args.watch,
                  "again every second, until interrupted; keys on a terminal");
  stats->add_flag("--once", args.once, "print what is now, as without --watch, --fail-if or not");
  stats->add_flag("--json", args.json, "print one JSON document; with --watch, one a line");
  stats->add_flag("--prometheus", args.prometheus, "print the rigs' figures for Prometheus");
  add_texts(*stats, "--fail-if", args.fail_if, "WHEN",
            "exit with 1 when this holds: FIGURE OP VALUE [for TIME]");
  add_config(*stats, arguments);
}

}  // namespace aegis::cli
