// aegis-demo: a live picture over two links, one of which is cut and comes back.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "demo/picture_watch.hpp"
#include "demo/report.hpp"
#include "support/emulated_links.hpp"
#include "support/relay_and_rig.hpp"
#include "support/temp_dir.hpp"

using namespace aegis;
using namespace aegis::demo;

namespace {

const std::filesystem::path kRecording = "demo-recording.ts";

// Where rig, relay and links are: in namespaces, or all on this machine's loopback.
class Stage {
 public:
  explicit Stage(bool emulated) {
    if (!emulated) return;
    rig_.emplace("rig");
    host_.emplace("relay");
    std::vector<test::LinkSpec> specs = {
        test::rig_link(0, "rate:6M/delay:30ms/loss:0.1%/queue:300ms", "rate:6M/delay:30ms"),
        test::rig_link(1, "rate:4M/delay:60ms/loss:0.5%/queue:300ms", "rate:4M/delay:60ms")};
    links_.emplace(*rig_, *host_, specs, folder_.path());
    test::add_relay_addresses(*host_);
  }

  bool emulated() const { return links_.has_value(); }
  const std::filesystem::path& folder() const { return folder_.path(); }
  const test::NetNamespace* rig() const { return rig_ ? &*rig_ : nullptr; }
  const test::NetNamespace* host() const { return host_ ? &*host_ : nullptr; }
  std::string relay_host() const { return emulated() ? test::kRelayV4 : "127.0.0.1"; }
  std::vector<std::string> link_arguments() const {
    if (!emulated()) return {"--link", "lo"};
    return {"--link", "m0", "--link", "m1"};
  }
  test::RelayPorts ports() const {
    return emulated() ? test::RelayPorts{} : test::RelayPorts::free();
  }
  void command(const std::string& line) {
    if (links_) links_->command(line);
  }
  nlohmann::json links() { return links_ ? links_->stats().at("links") : nlohmann::json::array(); }

 private:
  test::TempDir folder_;
  std::optional<test::NetNamespace> rig_, host_;
  std::optional<test::EmulatedLinks> links_;
};

// One line that is written over while a terminal shows it, else a line every five seconds.
void show_progress(const PictureFigures& picture, const std::string& phase, Duration since_start) {
  static int last_second = -1;
  auto const second = static_cast<int>(to_seconds(since_start));
  std::string const line = fmt::format(
      "{:>3} s  {:<22} {:>5} pictures, {:>4} missing, camera to picture {:>5.0f} ms, "
      "longest gap {:>4.0f} ms",
      second, phase, picture.frames, picture.missing, to_milliseconds(picture.latency_now),
      to_milliseconds(picture.longest_gap));
  if (::isatty(STDOUT_FILENO) != 0) {
    std::cout << "\r" << line << "\033[K" << std::flush;
  } else if (second % 5 == 0 && second != last_second) {
    std::cout << line << std::endl;
  }
  last_second = second;
}

class Demo {
 public:
  explicit Demo(bool emulated)
      : stage_(emulated),
        relay_(stage_.folder() / "relay", {stage_.host(), stage_.ports()}),
        counter_(test::sink_command(relay_, "127.0.0.1", stage_.host(), {"--wait", "30s"}),
                 stage_.folder()),
        // The key stands in ffmpeg's arguments, where anybody on this machine could read it: ffmpeg
        // knows no other way, and this key is thrown away with the demo.
        watch_(
            fmt::format("srt://127.0.0.1:{}?mode=caller&latency=200000&streamid={}",
                        relay_.ports().play, relay_.key()["play"]["streamid"].get<std::string>()),
            kRecording, stage_.host(), stage_.folder()) {}

  int run();

 private:
  bool start_rig();
  void phase(const std::string& name, Duration length);
  bool judge();
  bool recording_is_clean();

  Stage stage_;
  test::Relay relay_;
  test::Process counter_;
  PictureWatch watch_;
  std::optional<test::Process> rig_;
  std::vector<Phase> phases_;
  Time start_;
  Duration first_picture_{};
};

bool Demo::start_rig() {
  auto arguments = stage_.link_arguments();
  arguments.insert(arguments.end(), {"--input", "test", "--bitrate", "3M"});
  start_ = os::now();
  rig_.emplace(test::stream_command(relay_, stage_.relay_host(), stage_.rig(), arguments),
               stage_.folder());
  while (watch_.figures().frames == 0) {
    if (!rig_->running() || !watch_.running() || os::now() - start_ > 30s) {
      std::cerr << "\nThere is no picture.\n-- rig\n"
                << rig_->err() << "-- relay\n"
                << relay_.process().err() << "-- player\n"
                << watch_.words();
      return false;
    }
    show_progress(watch_.figures(), "waiting for a picture", os::now() - start_);
    std::this_thread::sleep_for(200ms);
  }
  first_picture_ = watch_.figures().first - start_;
  return true;
}

void Demo::phase(const std::string& name, Duration length) {
  Time const begin = os::now();
  phases_.push_back({name, begin, stage_.links()});
  while (os::now() < begin + length) {
    show_progress(watch_.figures(), name, os::now() - start_);
    std::this_thread::sleep_for(1s);
  }
}

int Demo::run() {
  if (!start_rig()) return 1;
  if (stage_.emulated()) {
    phase("both links", 10s);
    stage_.command("m0 down");
    phase("link m0 is cut", 10s);
    stage_.command("m0 up");
    phase("m0 is back", 10s);
  } else {
    phase("loopback", 20s);
  }
  phases_.push_back({"end", os::now(), stage_.links()});
  watch_.stop();
  bool const stopped = rig_->stop(4s) == 0;
  counter_.stop();
  relay_.process().stop();
  std::cout << "\n\n" << link_table(phases_);
  bool const clean = judge();
  if (!stopped) std::cout << "The rig did not end as it should:\n" << rig_->err();
  return clean && stopped ? 0 : 1;
}

bool Demo::judge() {
  auto const account = test::account_of(counter_.out());
  PictureFigures const picture = watch_.figures();
  std::cout << player_table(phases_, account, picture, first_picture_);
  bool const recording = recording_is_clean();
  return recording && account.at("continuity_errors").get<std::uint64_t>() == 0;
}

bool Demo::recording_is_clean() {
  test::Outcome const probe =
      test::run({{"ffprobe", "-v", "error", "-show_entries", "format=duration", "-of",
                  "default=nokey=1:noprint_wrappers=1", kRecording}},
                stage_.folder());
  test::Outcome const decode = test::run(
      {{"ffmpeg", "-nostdin", "-v", "error", "-i", kRecording, "-f", "null", "-"}, "decode"},
      stage_.folder(), 120s);
  bool const clean = probe.code == 0 && probe.err.empty() && decode.code == 0 && decode.err.empty();
  std::cout << fmt::format("  {:<34} {}, {:.1f} s: ffprobe and a full ffmpeg decode find {}\n",
                           "recording", kRecording.string(), std::atof(probe.out.c_str()),
                           clean ? "no error" : "errors:");
  if (!clean) std::cout << probe.err << decode.err;
  return clean;
}

}  // namespace

int main() {
  std::string const why = test::why_no_namespaces();
  if (why.empty()) {
    std::cout
        << "A rig and a relay in two network namespaces; link m0: 6 Mbit/s, 30 ms, 0.1 % loss; "
           "link m1: 4 Mbit/s, 60 ms, 0.5 % loss.\n";
  } else {
    std::cout << "Emulated links are left out (" << why << "); rig and relay meet on loopback.\n";
  }
  try {
    return Demo(why.empty()).run();
  } catch (const std::exception& error) {
    std::cerr << "The demo cannot run: " << error.what() << "\n";
    return 1;
  }
}
