// Options of aegis doctor.
#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace aegis::cli {

void add_doctor(CLI::App& app, Arguments& arguments) {
  auto* doctor =
      add_command(app, "doctor", "Check a rig or a relay before it goes on air",
                  "aegis doctor\n"
                  "aegis doctor --link eth0 --link wwan0\n"
                  "aegis doctor --relay relay.example.org:5000\n"
                  "aegis doctor --json | jq '.findings[] | select(.level == \"fault\")'\n");
  auto& args = arguments.stream;
  add_texts(*doctor, "--relay", args.relays, "NAME|HOST:PORT",
            "a relay to ask, as for aegis stream; may be repeated [every pairing]");
  add_texts(*doctor, "--link", args.links, "IFACE|IP[,SETTING...]",
            "ask over this interface; may be repeated [every usable one]");
  add_texts(*doctor, "--key", args.keys, "FILE",
            "ask the relay that this key names; may be repeated");
  add_state(*doctor, arguments);
  add_config(*doctor, arguments);
  doctor->add_flag("--json", arguments.doctor.json, kJsonAbout);
}

}  // namespace aegis::cli
