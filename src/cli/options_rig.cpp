// Options of aegis stream and aegis link.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/options.hpp"
#include "common/base/defaults.hpp"

namespace aegis::cli {
void add_stream(CLI::App& app, Arguments& arguments) {
  auto* stream =
      add_command(app, "stream", "Send a live stream over several links to a relay",
                  "aegis stream --relay cam\n"
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
      ->add_option(
          "--relay", args.relays,
          "a relay that this host is paired with, or a relay's SRTLA address, whose port may "
          "be left out; may be repeated, the next takes over from one that does not "
          "answer [that of --key, else the only one that there is a pairing with]")
      ->type_name("NAME|HOST:PORT")
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

}  // namespace aegis::cli
