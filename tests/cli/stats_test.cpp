// `aegis stats` against a real relay and a real agent, and what they keep to themselves.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string url_of(const Relay& relay) {
  return fmt::format("http://127.0.0.1:{}", relay.ports().http);
}

// A relay of this machine's own namespace, on ports that are free.
Relay::Options anywhere() {
  Relay::Options options;
  options.ports = RelayPorts::free();
  return options;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The agent's control socket, once it is there.
std::string agent_socket(const Runner& aegis, Process& agent) {
  auto const directory = aegis.home() / "aegis";
  std::string found;
  wait_until(
      [&] {
        std::error_code code;
        for (auto const& entry : std::filesystem::directory_iterator(directory, code))
          if (entry.path().extension() == ".sock") found = entry.path().string();
        return !found.empty() || !agent.running();
      },
      10s);
  return found;
}

}  // namespace

TEST_CASE("with nothing to ask, stats says so and fails", "[cli][stats]") {
  Runner const aegis;
  CHECK(holds(error_of(aegis({"stats", "/nonexistent.sock"}), 69), "nothing is running there"));
  CHECK(
      holds(error_of(aegis({"stats", "http://127.0.0.1:1", "--json"}), 69), "http://127.0.0.1:1"));
  CHECK(
      holds(error_of(aegis({"stats", "http://127.0.0.1:1", "--watch"}), 69), "http://127.0.0.1:1"));
}

TEST_CASE("stats asks the relay where aegis.toml has it listen", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  auto const file = aegis.home() / "relay.toml";
  std::ofstream(file) << fmt::format("[relay.serve]\nhttp = \"{}\"\n", relay.ports().http);
  auto const outcome = aegis({"stats", "--json", "--config", file.string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(Json::parse(outcome.out)["reports"][0]["kind"] == "relay");
}

TEST_CASE("a socket that a killed agent left is removed by the next one", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  auto const start = [&] {
    return Process(aegis.command({"stream", "--key", relay.key_file().string(), "--relay",
                                  fmt::format("127.0.0.1:{}", relay.ports().srtla)}),
                   aegis.home().path());
  };
  std::string left;
  {
    auto killed = start();
    left = agent_socket(aegis, killed);
    REQUIRE_FALSE(left.empty());
    killed.signal(SIGKILL);
    killed.wait(2s);
  }
  REQUIRE(std::filesystem::exists(left));
  auto next = start();
  CHECK(wait_until([&] { return !std::filesystem::exists(left); }, 5s));
  CHECK(agent_socket(aegis, next) != left);
  CHECK(next.stop(5s) == 0);
}

TEST_CASE("a relay's figures as JSON and as a table", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  auto const outcome = aegis({"stats", url_of(relay), "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.empty());
  auto const report = Json::parse(outcome.out);
  CHECK(report["schema"] == 1);
  CHECK(report["kind"] == "relay");
  CHECK(report["groups"].is_array());
  CHECK(report["sessions"].empty());
  CHECK(report["players"].empty());
  auto const table = aegis({"stats", url_of(relay)}).out;
  CHECK(table.starts_with("relay  up "));
  CHECK(holds(table, "SESSION"));
  CHECK(table.find('\x1b') == std::string::npos);
}

TEST_CASE("stats --watch --json prints a document a line", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  Process watch(aegis.command({"stats", url_of(relay), "--watch", "--json"}), aegis.home().path());
  CHECK(wait_until([&] { return lines(watch.out()).size() >= 2; }, 5s));
  watch.signal(SIGINT);
  CHECK(watch.wait(2s) == 130);
  for (auto const& line : lines(watch.out())) CHECK(Json::parse(line)["kind"] == "relay");
}

TEST_CASE("several targets are asked at once, and each has to answer", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  auto const both = aegis({"stats", url_of(relay), url_of(relay), "--json"});
  REQUIRE(both.code == 0);
  auto const report = Json::parse(both.out);
  CHECK(report["kind"] == "list");
  CHECK(report["reports"].size() == 2);
  auto const half = aegis({"stats", url_of(relay), "http://127.0.0.1:1", "--json"});
  CHECK(half.code == 69);
  CHECK(Json::parse(half.out)["reports"].size() == 1);
  auto const key = aegis.home() / "key";
  CHECK(error_of(aegis({"stats", url_of(relay), url_of(relay), "--api-key", key.string()}), 64) !=
        "");
}

TEST_CASE("a condition is an exit code", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  auto const target = url_of(relay);
  auto const quiet = aegis({"stats", target, "--fail-if", "sessions>0"});
  CHECK(quiet.code == 0);
  CHECK(quiet.out.empty());
  CHECK(holds(
      error_of(
          aegis({"stats", target, "--fail-if", "sessions>0", "--fail-if", "sessions<1 for 1s"}), 1),
      "sessions of the relay is 0"));
  CHECK(
      holds(error_of(aegis({"stats", target, "--fail-if", "wrong>1"}), 64), "'wrong' is none of"));
  auto const shown = aegis({"stats", target, "--fail-if", "players<1", "--json"});
  CHECK(shown.code == 1);
  CHECK(Json::parse(shown.out)["kind"] == "relay");
  auto const watched = aegis({"stats", target, "--watch", "--fail-if", "players<1 for 1s"});
  CHECK(watched.code == 1);
  CHECK(holds(watched.out, "SESSION"));
}

TEST_CASE("a relay's metrics are its own to serve", "[cli][stats]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  CHECK(holds(error_of(aegis({"stats", url_of(relay), "--prometheus"}), 64), "its own metrics"));
  CHECK(error_of(aegis({"stats", url_of(relay), "--prometheus", "--json"}), 64) != "");
  CHECK(error_of(aegis({"stats", url_of(relay), "--once", "--watch"}), 64) != "");
}

TEST_CASE("an agent's figures, and no secret where others can look", "[cli][stats]") {
  Runner const aegis;
  auto options = anywhere();
  options.pair_arguments = {"--encrypt"};
  Relay const relay(aegis.home().path(), std::move(options));
  Process agent(aegis.command({"stream", "--key", relay.key_file().string(), "--relay",
                               fmt::format("127.0.0.1:{}", relay.ports().srtla), "--link",
                               "127.0.0.1", "--bitrate", "1M..2M", "--json"}),
                aegis.home().path());
  auto const socket = agent_socket(aegis, agent);
  INFO(agent.err());
  REQUIRE_FALSE(socket.empty());
  struct stat info {};
  REQUIRE(::stat(socket.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  Json report;
  CHECK(wait_until(
      [&] {
        auto const outcome = aegis({"stats", socket, "--json"});
        if (outcome.code == 0) report = Json::parse(outcome.out);
        return report.value("state", "") == "live";
      },
      15s));
  CHECK(report["kind"] == "rig");
  CHECK(report["links"].size() == 1);
  CHECK(report["bond"]["aegis_relay"] == true);
  CHECK(report["input"]["video_min_bps"] == 1'000'000);
  CHECK(report["input"]["video_max_bps"] == 2'000'000);
  CHECK(report["input"]["video_target_bps"] >= 1'000'000);
  CHECK(report["input"]["video_target_bps"] <= 2'000'000);
  CHECK(report["input"]["video_target_reason"].is_string());
  CHECK(report["bond"]["repaired_packets"].is_number_unsigned());
  CHECK(report["links"][0].contains("loss"));
  std::vector<std::string> states;
  for (auto const& event : report["events"])
    if (event["subject"] == "stream") states.push_back(event["state"]);
  REQUIRE(states.size() >= 2);
  CHECK(states.front() == "starting");
  CHECK(states.back() == "live");
  CHECK(holds(aegis({"stats", socket, "--prometheus"}).out, "aegis_rig_link_sent_packets_total{"));
  CHECK(holds(aegis({"stats", socket}).out, "LINK"));
  CHECK(Json::parse(aegis({"stats", "--json"}).out)["kind"] == "list");

  auto const key = relay.key();
  auto const proc = std::filesystem::path("/proc") / std::to_string(agent.pid());
  auto const seen = contents(proc / "cmdline") + contents(proc / "environ") + agent.out() +
                    agent.err() + report.dump() + aegis({"stats", url_of(relay), "--json"}).out;
  for (auto const* end : {"publish", "play"})
    for (auto const* part : {"streamid", "passphrase"})
      CHECK_FALSE(holds(seen, key[end][part].get<std::string>()));
  CHECK(agent.stop(5s) == 0);
  CHECK_FALSE(std::filesystem::exists(socket));
}

}  // namespace aegis::test
