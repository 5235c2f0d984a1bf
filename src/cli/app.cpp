#include "cli/app.hpp"

#include <fmt/core.h>

#include "common/base/defaults.hpp"
#include "common/base/version.hpp"

namespace aegis::cli {
namespace {

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

void add_relay(CLI::App& app, Arguments& arguments) {
  auto* relay = add_command(app, "relay", "Receive bonded streams and hand them to players",
                            "aegis relay serve\n"
                            "aegis relay serve --forward 127.0.0.1:8890\n");
  auto* serve =
      add_command(*relay, "serve", "Run the relay in the foreground, until SIGTERM",
                  "aegis relay serve\n"
                  "aegis relay serve --srtla 5000 --forward 127.0.0.1:8890\n"
                  "aegis relay serve --srt-play '[::1]:4000' --state /srv/aegis/state.toml\n");
  auto& args = arguments.relay;
  args.srtla = std::to_string(defaults::kSrtlaPort);
  args.srt_publish = std::to_string(defaults::kSrtPublishPort);
  args.srt_play = std::to_string(defaults::kSrtPlayPort);
  args.http = fmt::format("127.0.0.1:{}", defaults::kHttpPort);
  args.grace = fmt::format("{}s", defaults::kGrace / 1s);
  args.second_publisher = "refuse";
  args.record_rotate = "30m";
  args.record_keep_free = "1G";
  add_text(*serve, "--srtla", args.srtla, "ADDR", "where bonded senders arrive (UDP)")
      ->capture_default_str();
  add_text(*serve, "--srt-publish", args.srt_publish, "ADDR",
           "where plain SRT publishers arrive (UDP)")
      ->capture_default_str();
  add_text(*serve, "--srt-play", args.srt_play, "ADDR", "where SRT players arrive (UDP)")
      ->capture_default_str();
  add_text(*serve, "--http", args.http, "ADDR",
           "where figures are served (TCP); beyond loopback only with TLS and a key")
      ->capture_default_str();
  add_text(*serve, "--tls-cert", args.tls_cert, "FILE",
           "certificate chain for HTTP in PEM: figures are then served by HTTPS");
  add_text(*serve, "--tls-key", args.tls_key, "FILE", "the certificate's private key in PEM");
  add_text(*serve, "--api-key", args.api_key, "FILE",
           "figures are for those only who show the key in this file");
  add_text(*serve, "--forward", args.forward, "HOST:PORT",
           "hand the bonded SRT to this SRT server instead of ending it here");
  add_text(*serve, "--grace", args.grace, "TIME",
           "how long players are kept for a publisher that is gone")
      ->capture_default_str();
  add_text(*serve, "--max-age", args.max_age, "TIME",
           "end a stream's session when it has lasted so long [never]");
  add_text(*serve, "--second-publisher", args.second_publisher, "WHAT",
           "refuse a second publisher while the first sends, or let it replace the first")
      ->capture_default_str();
  add_texts(*serve, "--allow", args.allow, "CIDR",
            "hear callers of this network only; may be repeated [everybody]");
  add_texts(*serve, "--deny", args.deny, "CIDR",
            "do not hear callers of this network, allowed or not; may be repeated");
  add_text(*serve, "--record", args.record, "DIR",
           "keep what publishers send, as MPEG-TS files below this directory");
  add_text(*serve, "--record-rotate", args.record_rotate, "TIME", "begin a new file so often")
      ->capture_default_str();
  add_text(*serve, "--record-keep-free", args.record_keep_free, "SIZE",
           "record nothing while less of the disk is free")
      ->capture_default_str();
  add_texts(*serve, "--hook", args.hooks, "URL|PROGRAM",
            "tell this what happens to sessions; may be repeated");
  add_text(*serve, "--hook-key", args.hook_key, "FILE",
           "sign what is posted to URLs with the key in this file");
  add_state(*serve, arguments);
  add_config(*serve, arguments);
}

void add_stream(CLI::App& app, Arguments& arguments) {
  auto* stream =
      add_command(app, "stream", "Send a live stream over several links to a relay",
                  "aegis stream --relay relay.example.org --key cam.json\n"
                  "aegis stream --key cam.json --input rtmp://:1935/live,key=phone.key --input "
                  "clip.mp4 --loop\n"
                  "aegis stream --key cam.json --link eth0 --link wwan0,cap=6M,data=10G/month\n"
                  "aegis stream --proxy 127.0.0.1:9000 --relay relay.example.org:5000\n");
  auto& args = arguments.stream;
  args.latency = fmt::format("{}ms", defaults::kLatency / 1ms);
  args.bitrate = fmt::format("{:g}M", defaults::kVideoBitRate.megabits_per_second());
  stream
      ->add_option(
          "--input", args.inputs,
          "what to send: test, a media FILE, - (MPEG-TS on standard input), udp://, rtmp://, "
          "rtsp:// or srt://, with ,key=FILE behind it; may be repeated, the first that "
          "works is on air [test]")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  stream->add_flag("--loop", args.loop, "start a file again at its end");
  stream->add_flag("--encode", args.encode,
                   "encode MPEG-TS again, too, instead of passing it on as it is");
  add_text(*stream, "--slate", args.slate, "FILE",
           "the picture for when no input has any [a card that says: stand by]");
  stream
      ->add_option("--relay", args.relays,
                   "the relay's SRTLA address; the port may be left out; may be repeated, the next "
                   "takes over from one that does not answer [that of --key]")
      ->type_name("HOST:PORT")
      ->allow_extra_args(false);
  stream
      ->add_option(
          "--link", args.links,
          "send over this interface, with weight=N, priority=N, cap=RATE, data=AMOUNT/month "
          "or off as wished; may be repeated [every usable one]")
      ->type_name("IFACE|IP[,SETTING...]")
      ->allow_extra_args(false);
  add_text(*stream, "--latency", args.latency, "TIME",
           "how long a lost packet may take to be repaired")
      ->capture_default_str();
  add_text(*stream, "--bitrate", args.bitrate, "RATE",
           "of the encoded video: RATE, or MIN..MAX to follow what the links carry")
      ->capture_default_str();
  add_text(*stream, "--proxy", args.proxy, "ADDR",
           "do not encode: bond the SRT that an encoder sends to this UDP address");
  stream
      ->add_option("--key", args.keys,
                   "publish with this key, as `aegis pair new NAME --stock --json` printed it; may "
                   "be repeated, one for each relay")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_state(*stream, arguments);
  add_config(*stream, arguments);
  stream->add_flag("--json", args.json, "print events on standard output, one JSON object a line");
}

void add_link(CLI::App& app, Arguments& arguments) {
  auto* link = add_command(app, "link", "Set a link of a running agent, or switch it off and on",
                           "aegis link wwan0 off\n"
                           "aegis link wwan0 on cap=2M\n"
                           "aegis link wwan0 priority=1 weight=2 data=10G/month\n"
                           "aegis link wwan0 used=3.2G    (what the operator has counted)\n");
  auto& args = arguments.link;
  link->add_option("NAME", args.name, "the link, as aegis stats shows it")->type_name("");
  link->add_option(
          "SETTING...", args.settings,
          "on, off, weight=N, priority=N, cap=RATE|none, data=AMOUNT/day|AMOUNT/month|none "
          "or used=AMOUNT")
      ->type_name("");
  add_text(*link, "--agent", args.agent, "SOCKET", "the agent's socket [the only one here]");
  link->add_flag("--json", args.json, "print the link as one JSON document");
  add_config(*link, arguments);
}

void add_name(CLI::App& command, PairArgs& args) {
  command.add_option("NAME", args.name, "the stream's name, TENANT/NAME when it is a tenant's")
      ->type_name("");
}

void add_host(CLI::App& command, PairArgs& args, const char* about) {
  add_text(command, "--host", args.host, "HOST", about);
}

constexpr const char* kJsonAbout = "print one JSON document";
constexpr const char* kRememberedHost = "the relay's public name or address; remembered";

void add_pair(CLI::App& app, Arguments& arguments) {
  auto* pair = add_command(app, "pair", "Make streams and hand out the keys to them",
                           "aegis pair new cam --stock --host relay.example.org\n"
                           "aegis pair show cam --json > cam.json\n"
                           "aegis pair list\n");
  auto& args = arguments.pair;
  auto const finish = [&](CLI::App& command) {
    command.add_flag("--json", args.json, kJsonAbout);
    add_state(command, arguments);
    add_config(command, arguments);
  };
  auto* create = add_command(*pair, "new", "Make a stream with fresh keys and print them",
                             "aegis pair new cam --stock --host relay.example.org\n"
                             "aegis pair new cam --stock --json > cam.json    (after: umask 077)\n"
                             "aegis pair new cam --stock --encrypt\n");
  add_name(*create, args);
  create->add_flag("--stock", args.stock,
                   "for phone apps, encoders and players that are not aegis");
  create->add_flag("--encrypt", args.encrypt, "with SRT passphrases for publisher and players");
  add_host(*create, args, kRememberedHost);
  finish(*create);
  auto* list = add_command(*pair, "list", "List the streams, without their keys",
                           "aegis pair list\n"
                           "aegis pair list --json\n");
  list->add_flag("--names", args.names, "print the names only, one a line");
  finish(*list);
  auto* show = add_command(*pair, "show", "Print a stream's addresses and keys again",
                           "aegis pair show cam\n"
                           "aegis pair show cam --json > cam.json    (after: umask 077)\n");
  add_name(*show, args);
  add_host(*show, args, "print this as the relay's name or address");
  finish(*show);
  auto* rotate = add_command(*pair, "rotate", "Give a stream new keys; the old ones end",
                             "aegis pair rotate cam\n"
                             "aegis pair rotate cam --json > cam.json    (after: umask 077)\n");
  add_name(*rotate, args);
  add_host(*rotate, args, kRememberedHost);
  finish(*rotate);
  auto* revoke = add_command(*pair, "revoke", "Remove a stream and its keys",
                             "aegis pair revoke cam\n"
                             "aegis pair revoke cam --json\n");
  add_name(*revoke, args);
  finish(*revoke);
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
  stats->add_flag("--json", args.json, "print one JSON document; with --watch, one a line");
  add_config(*stats, arguments);
}

}  // namespace

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
  add_stats(app, arguments);
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
