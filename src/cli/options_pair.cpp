// Options of aegis pair and aegis tenant.
#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace aegis::cli {
namespace {

void add_name(CLI::App& command, PairArgs& args) {
  command.add_option("NAME", args.name, "the stream's name, TENANT/NAME when it is a tenant's")
      ->type_name("");
}

void add_host(CLI::App& command, PairArgs& args, const char* about) {
  add_text(command, "--host", args.host, "HOST", about);
}

void add_code_options(CLI::App& command, PairArgs& args) {
  add_text(command, "--expires", args.expires, "TIME", "how long the code for a rig is good")
      ->capture_default_str();
  add_texts(command, "--address", args.addresses, "HOST:PORT",
            "where rigs turn to when --host does not answer; may be repeated; remembered");
  command.add_flag("--qr", args.qr, "print the code as a QR code, too, when it goes to a file");
  add_text(command, "--png", args.png, "FILE", "save the QR code as a picture");
}

constexpr const char* kRememberedHost = "the relay's public name or address; remembered";

void finish_pair(CLI::App& command, Arguments& arguments) {
  command.add_flag("--json", arguments.pair.json, kJsonAbout);
  add_state(command, arguments);
  add_config(command, arguments);
}

void add_pair_new(CLI::App& pair, Arguments& arguments) {
  auto& args = arguments.pair;
  auto* create =
      add_command(pair, "new", "Make a stream and a code for its rig, or keys for others",
                  "aegis pair new cam --host relay.example.org\n"
                  "aegis pair new cam --stock --host relay.example.org\n"
                  "aegis pair new cam --stock --json > cam.json    (after: umask 077)\n"
                  "aegis pair new cam --stock --encrypt\n");
  add_name(*create, args);
  create->add_flag("--stock", args.stock,
                   "for phone apps, encoders and players that are not aegis");
  add_code_options(*create, args);
  create->add_flag("--encrypt", args.encrypt, "with SRT passphrases for publisher and players");
  add_host(*create, args, kRememberedHost);
  finish_pair(*create, arguments);
}

void add_pair_looks(CLI::App& pair, Arguments& arguments) {
  auto& args = arguments.pair;
  auto* list = add_command(pair, "list", "List the streams and the pairings, without keys",
                           "aegis pair list\n"
                           "aegis pair list --json\n");
  list->add_flag("--names", args.names, "print the names only, one a line");
  finish_pair(*list, arguments);
  auto* show = add_command(pair, "show", "Print a stream's addresses and keys again",
                           "aegis pair show cam\n"
                           "aegis pair show cam --json > cam.json    (after: umask 077)\n");
  add_name(*show, args);
  add_host(*show, args, "print this as the relay's name or address");
  finish_pair(*show, arguments);
  auto* share = add_command(pair, "export", "Print a stream as one program takes it",
                            "aegis pair export phone --for moblin\n"
                            "aegis pair export phone --for obs --json\n");
  add_name(*share, args);
  add_text(*share, "--for", args.program, "PROGRAM", "moblin, irlpro, belabox, obs or noalbs");
  share->add_flag("--qr", args.qr, "print a link as a QR code, too, when it goes to a file");
  add_host(*share, args, "print this as the relay's name or address");
  finish_pair(*share, arguments);
}

void add_pair_changes(CLI::App& pair, Arguments& arguments) {
  auto& args = arguments.pair;
  auto* rename = add_command(pair, "rename", "Call a stream or a pairing something else",
                             "aegis pair rename cam roof\n"
                             "aegis pair rename cam roof --json\n");
  rename->add_option("OLD", args.name, "its name now")->type_name("");
  rename->add_option("NEW", args.to, "its name from now on")->type_name("");
  finish_pair(*rename, arguments);
  auto* rotate = add_command(pair, "rotate", "Give a stream new keys, or a pairing a new one",
                             "aegis pair rotate cam\n"
                             "aegis pair rotate cam --json > cam.json    (after: umask 077)\n");
  add_name(*rotate, args);
  add_code_options(*rotate, args);
  add_host(*rotate, args, kRememberedHost);
  finish_pair(*rotate, arguments);
  auto* revoke = add_command(pair, "revoke", "Remove a stream, its keys and its rig",
                             "aegis pair revoke cam\n"
                             "aegis pair revoke cam --json\n");
  add_name(*revoke, args);
  finish_pair(*revoke, arguments);
}

}  // namespace

void add_pair(CLI::App& app, Arguments& arguments) {
  auto* pair = add_command(app, "pair", "Pair a rig with a relay; make streams and keys",
                           "aegis pair new cam --host relay.example.org    (on the relay)\n"
                           "aegis pair    (on the rig, which asks for the code)\n"
                           "aegis pair new phone --stock    (for what is not aegis)\n");
  auto& args = arguments.pair;
  args.expires = "10m";
  pair->add_option("URI", args.uri,
                   "the code that the relay printed; - reads it from standard input [asked for]")
      ->type_name("");
  add_text(*pair, "--uri-file", args.uri_file, "FILE", "the code is in this file");
  add_text(*pair, "--name", args.as, "NAME", "call the pairing so [as the stream at the relay]");
  finish_pair(*pair, arguments);
  add_pair_new(*pair, arguments);
  add_pair_looks(*pair, arguments);
  add_pair_changes(*pair, arguments);
}

void add_tenant(CLI::App& app, Arguments& arguments) {
  auto* tenant = add_command(app, "tenant", "Let others have streams of their own on this relay",
                             "aegis tenant new alice\n"
                             "aegis pair new alice/cam --stock\n"
                             "aegis tenant revoke alice\n");
  auto& args = arguments.tenant;
  auto const add = [&](const char* name, const char* about, const char* examples, bool named) {
    auto* command = add_command(*tenant, name, about, examples);
    if (named) command->add_option("NAME", args.name, "the tenant's name")->type_name("");
    command->add_flag("--json", args.json, kJsonAbout);
    add_state(*command, arguments);
    add_config(*command, arguments);
    return command;
  };
  add("new", "Make a tenant and print its keys, this once",
      "aegis tenant new alice\n"
      "aegis tenant new alice --json > alice.json    (after: umask 077)\n",
      true);
  add("list", "List the tenants, without their keys",
      "aegis tenant list\n"
      "aegis tenant list --json\n",
      false)
      ->add_flag("--names", args.names, "print the names only, one a line");
  add("rotate", "Give a tenant new keys; the old ones end",
      "aegis tenant rotate alice\n"
      "aegis tenant rotate alice --json > alice.json    (after: umask 077)\n",
      true);
  add("revoke", "Remove a tenant with its keys and all of its streams",
      "aegis tenant revoke alice\n"
      "aegis tenant revoke alice --json\n",
      true);
}

}  // namespace aegis::cli
