// A publisher that dies and comes back, as an ordinary player sees it.
#include <csignal>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "support/programs.hpp"
#include "support/relay_and_rig.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

Command publisher_command(const Relay& relay, const NetNamespace& where) {
  auto const id = relay.key()["publish"]["streamid"].get<std::string>();
  Command command{{"ffmpeg",
                   "-hide_banner",
                   "-re",
                   "-f",
                   "lavfi",
                   "-i",
                   "testsrc2=size=320x180:rate=25",
                   "-f",
                   "lavfi",
                   "-i",
                   "sine",
                   "-c:v",
                   "libx264",
                   "-preset",
                   "ultrafast",
                   "-tune",
                   "zerolatency",
                   "-g",
                   "25",
                   "-c:a",
                   "aac",
                   "-f",
                   "mpegts",
                   fmt::format("srt://127.0.0.1:4001?mode=caller&latency=300000&streamid={}", id)}};
  command.name = "publisher";
  command.where = &where;
  return command;
}

// It says of each PID whose counter jumps without a word that its check failed.
Command player_command(const Relay& relay, const NetNamespace& where, const std::string& out) {
  auto const id = relay.key()["play"]["streamid"].get<std::string>();
  Command command{{"ffmpeg", "-hide_banner", "-loglevel", "debug", "-i",
                   fmt::format("srt://127.0.0.1:4000?mode=caller&latency=200000&streamid={}", id),
                   "-c", "copy", "-f", "mpegts", out}};
  command.name = "player";
  command.where = &where;
  return command;
}

bool has_session(const Relay& relay, const std::string& state) {
  auto const sessions = relay.stats().at("sessions");
  return sessions.size() == 1 && sessions[0].at("state") == state;
}

}  // namespace

TEST_CASE("ffmpeg plays on when the publisher is killed and started again") {
  if (!installed("ffmpeg")) {
    WARN("not checked: there is no ffmpeg here");
    return;
  }
  TempDir folder;
  NetNamespace host("relay");
  Relay relay(folder / "relay", {.where = &host, .arguments = {"--grace", "20s"}});
  auto publisher = std::make_unique<Process>(publisher_command(relay, host), folder.path());
  REQUIRE(wait_until([&] { return has_session(relay, "live"); }, 10s));
  auto const out = (folder / "out.ts").string();
  Process player(player_command(relay, host, out), folder.path());
  auto const written = [&] {
    std::error_code none;
    auto const size = std::filesystem::file_size(out, none);
    return none ? 0 : size;
  };
  REQUIRE(wait_until([&] { return written() > 200'000; }, 15s));

  publisher->signal(SIGKILL);
  REQUIRE(wait_until([&] { return has_session(relay, "grace"); }, 10s));
  auto const before = written();
  publisher = std::make_unique<Process>(publisher_command(relay, host), folder.path());
  CHECK(wait_until([&] { return written() > before + 200'000; }, 15s));
  CHECK(player.running());
  CHECK(relay.stats().at("counters").at("players_started") == 1);
  CHECK(relay.stats().at("sessions")[0].at("resumes") == 1);
  auto const said = player.err();
  CHECK(said.find("Continuity check failed") == std::string::npos);
  CHECK(said.find("corrupt") == std::string::npos);
}
