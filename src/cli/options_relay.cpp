// Options of aegis relay.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/options.hpp"
#include "common/base/defaults.hpp"

namespace aegis::cli {
namespace {

void add_listeners(CLI::App& serve, RelayServeArgs& args) {
  add_text(serve, "--srtla", args.srtla, "ADDR", "where bonded senders arrive (UDP)")
      ->capture_default_str();
  add_text(serve, "--srt-publish", args.srt_publish, "ADDR",
           "where plain SRT publishers arrive (UDP)")
      ->capture_default_str();
  add_text(serve, "--srt-play", args.srt_play, "ADDR", "where SRT players arrive (UDP)")
      ->capture_default_str();
  add_text(serve, "--http", args.http, "ADDR",
           "where figures are served (TCP); beyond loopback only with TLS and a key")
      ->capture_default_str();
  add_text(serve, "--tls-cert", args.tls_cert, "FILE",
           "certificate chain for HTTP in PEM: figures are then served by HTTPS");
  add_text(serve, "--tls-key", args.tls_key, "FILE", "the certificate's private key in PEM");
  add_text(serve, "--api-key", args.api_key, "FILE",
           "figures are for those only who show the key in this file");
  add_text(serve, "--forward", args.forward, "HOST:PORT",
           "hand the bonded SRT to this SRT server instead of ending it here");
}

void add_publisher_rules(CLI::App& serve, RelayServeArgs& args) {
  add_text(serve, "--grace", args.grace, "TIME",
           "how long players are kept for a publisher that is gone")
      ->capture_default_str();
  add_text(serve, "--max-age", args.max_age, "TIME",
           "end a stream's session when it has lasted so long [never]");
  add_text(serve, "--second-publisher", args.second_publisher, "WHAT",
           "refuse a second publisher while the first sends, or let it replace the first")
      ->capture_default_str();
  add_texts(serve, "--allow", args.allow, "CIDR",
            "hear callers of this network only; may be repeated [everybody]");
  add_texts(serve, "--deny", args.deny, "CIDR",
            "do not hear callers of this network, allowed or not; may be repeated");
  add_text(serve, "--pair-listen", args.pair_listen, "ADDR|none",
           "where rigs pair while there is somebody to (TCP) [as --srtla]");
  serve.add_flag("--require-auth", args.require_auth,
                 "take publishers that are paired rigs only, by bonded links or not");
}

void add_records_and_hooks(CLI::App& serve, RelayServeArgs& args) {
  add_text(serve, "--record", args.record, "DIR",
           "keep what publishers send, as MPEG-TS files below this directory");
  add_text(serve, "--record-rotate", args.record_rotate, "TIME", "begin a new file so often")
      ->capture_default_str();
  add_text(serve, "--record-keep-free", args.record_keep_free, "SIZE",
           "record nothing while less of the disk is free")
      ->capture_default_str();
  add_texts(serve, "--hook", args.hooks, "URL|PROGRAM",
            "tell this what happens to sessions; may be repeated");
  add_text(serve, "--hook-key", args.hook_key, "FILE",
           "sign what is posted to URLs with the key in this file");
}

}  // namespace

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
  add_listeners(*serve, args);
  add_publisher_rules(*serve, args);
  add_records_and_hooks(*serve, args);
  add_state(*serve, arguments);
  add_config(*serve, arguments);
}

}  // namespace aegis::cli
