// Options of aegis state.
#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace aegis::cli {
namespace {

void add_common(CLI::App& command, Arguments& arguments) {
  command.add_flag("--json", arguments.state_file.json, kJsonAbout);
  add_state(command, arguments);
  add_config(command, arguments);
}

void add_sealed(CLI::App& command, StateArgs& args) {
  add_text(command, "--passphrase-file", args.passphrase_file, "FILE",
           "the passphrase is the first line of this file [asked for]");
}

}  // namespace

void add_state_commands(CLI::App& app, Arguments& arguments) {
  auto* state =
      add_command(app, "state", "Check the state file, back it up, move it to another host",
                  "aegis state check\n"
                  "aegis state export rig.aegis\n"
                  "aegis state import rig.aegis    (on the other host)\n");
  auto& args = arguments.state_file;

  auto* check = add_command(*state, "check", "Say what is in the state file and what is wrong",
                            "aegis state check\n"
                            "aegis state check --json | jq .findings\n");
  add_common(*check, arguments);

  auto* to =
      add_command(*state, "export", "Write all of the state to a file, under a passphrase",
                  "aegis state export rig.aegis\n"
                  "aegis state export cam.aegis --only cam\n"
                  "aegis state export nightly.aegis --passphrase-file /etc/aegis/backup.pass\n");
  to->add_option("FILE", args.file, "the file to make")->type_name("");
  add_text(*to, "--only", args.only, "NAME",
           "the stream, pairing or tenant of this name, and nothing else");
  add_sealed(*to, args);
  add_common(*to, arguments);

  auto* from = add_command(*state, "import", "Add what an export holds to the state",
                           "aegis state import rig.aegis --dry-run\n"
                           "aegis state import rig.aegis\n"
                           "aegis state import rig.aegis --replace    (as it was, and no more)\n");
  from->add_option("FILE", args.file, "what aegis state export has made")->type_name("");
  add_text(*from, "--only", args.only, "NAME",
           "the stream, pairing or tenant of this name, and nothing else");
  from->add_flag("--replace", args.replace,
                 "put it in place of all that is here, instead of adding to it");
  from->add_flag("--dry-run", args.dry_run, "say what would change, and change nothing");
  add_sealed(*from, args);
  add_common(*from, arguments);
}

}  // namespace aegis::cli
