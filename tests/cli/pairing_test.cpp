// Two Aegis that pair: a relay and a rig as real processes, each with a state file of its own.
#include <csignal>
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "common/os/clock.hpp"
#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// `aegis pair URI` with its own home: the rig's.
class Scene {
 public:
  explicit Scene(std::vector<std::string> arguments = {})
      : relay_(rig.home().path() / "relay", options(std::move(arguments))) {}

  // A command at the relay.
  Outcome at_relay(std::vector<std::string> words) const {
    for (auto const& word : {std::string("--state"), state(), std::string("--config"), config()})
      words.push_back(word);
    return rig(words);
  }
  // A code; the words are a command that makes one.
  std::string code(const std::vector<std::string>& words) const {
    auto const made = at_relay(words);
    INFO(made.err);
    REQUIRE(made.code == 0);
    return made.out.substr(0, made.out.find('\n'));
  }
  std::string fresh_code(const std::string& stream = "rig") const {
    auto const uri = code({"pair", "new", stream});
    REQUIRE(listens());
    return uri;
  }
  // The code by way of a file, as no argument shows it.
  std::string file_of(const std::string& uri) const {
    auto const file = rig.home() / "code";
    write_private_file(file, uri + "\n");
    return file.string();
  }
  Outcome pair(const std::string& uri, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"pair", "--uri-file", file_of(uri)});
    return rig(more);
  }
  Json list(bool of_relay) const {
    std::vector<std::string> const words = {"pair", "list", "--json"};
    return Json::parse((of_relay ? at_relay(words) : rig(words)).out);
  }
  bool listens() const {
    return wait_until([&] { return holds(relay_.process_err(), "pairing listener opened"); }, 5s);
  }
  std::string state() const { return (rig.home() / "relay/state.toml").string(); }
  Relay& relay() { return relay_; }

  Runner rig;

 private:
  // What the relay listens on, for the commands beside it.
  std::string config() const {
    auto const file = rig.home() / "relay/aegis.toml";
    write_private_file(file, fmt::format("[relay.serve]\nsrtla = \"{}\"\n", relay_.ports().srtla));
    return file.string();
  }
  static Relay::Options options(std::vector<std::string> arguments) {
    Relay::Options options;
    options.ports = RelayPorts::free();
    options.arguments = std::move(arguments);
    return options;
  }

  Relay relay_;
};

std::vector<std::string> on_air(const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"stream", "--link",    "127.0.0.1", "--latency",
                                    "500ms",  "--bitrate", "1M"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool comes_to(const Process& agent, const std::string& words) {
  return wait_until([&] { return holds(agent.err(), words); }, 20s);
}

}  // namespace

TEST_CASE("a rig pairs, streams by it, changes its key on air, and is out once revoked",
          "[cli][pair]") {
  Scene scene({"--require-auth"});
  auto const paired = scene.pair(scene.fresh_code());
  INFO(paired.err);
  REQUIRE(paired.code == 0);
  CHECK(holds(paired.out, "aegis stream --relay rig"));
  CHECK(scene.list(true)["streams"][1]["rig"] == "paired");
  CHECK(scene.list(false)["relays"][0]["name"] == "rig");

  Process agent(scene.rig.command(on_air()), scene.rig.home().path());
  bool const live = comes_to(agent, "state=live");
  INFO(agent.err());
  REQUIRE(live);
  CHECK(wait_until(
      [&] {
        auto const groups = scene.relay().stats()["groups"];
        return groups.size() == 1 && groups[0]["device"] == "rig";
      },
      5s));

  // By another name it is the same pairing.
  REQUIRE(scene.rig({"pair", "rename", "rig", "home"}).code == 0);
  auto const rotated = scene.rig({"pair", "rotate", "home"});
  INFO(rotated.err);
  REQUIRE(rotated.code == 0);
  REQUIRE(comes_to(agent, "new device key"));
  auto const again = scene.pair(scene.code({"pair", "rotate", "rig"}));
  INFO(again.err);
  REQUIRE(again.code == 0);
  std::this_thread::sleep_for(2s);
  auto const stats = scene.relay().stats();
  CHECK(stats["sessions"][0]["state"] == "live");
  CHECK(stats["sessions"][0]["resumes"] == 0);
  CHECK(stats["groups"].size() == 1);
  // What the agent has by now opens the relay anew.
  scene.relay().kill();
  scene.relay().restart();
  CHECK(wait_until(
      [&] {
        auto const now = scene.relay().stats();
        return now["sessions"].size() == 1 && now["sessions"][0]["state"] == "live";
      },
      20s));

  REQUIRE(scene.at_relay({"pair", "revoke", "rig"}).code == 0);
  auto const revoked = os::now();
  CHECK(wait_until(
      [&] {
        auto const now = scene.relay().stats();
        return now["groups"].empty() && now["sessions"].empty();
      },
      5s));
  CHECK(os::now() - revoked < 4s);  // 2 s, and what two looks take on a busy machine
}

TEST_CASE("a rig killed while it pairs has the pairing after a retry, as the relay does",
          "[cli][pair]") {
  Scene scene;
  int cut = 0;
  for (int i = 0; i < 7; ++i) {  // within the tries that the relay grants one address
    auto const stream = fmt::format("rig-{}", i);
    auto const file = scene.file_of(scene.fresh_code(stream));
    {
      Process rig(scene.rig.command({"pair", "--uri-file", file}), scene.rig.home().path());
      std::this_thread::sleep_for(i * 8ms);
      rig.signal(SIGKILL);
      cut += rig.wait(5s) == 128 + SIGKILL ? 1 : 0;
    }
    auto const has = [&] { return scene.rig({"pair", "show", stream, "--json"}).code == 0; };
    if (!has()) {
      auto const retry = scene.rig({"pair", "--uri-file", file});
      INFO(i << ": " << retry.err);
      REQUIRE(retry.code == 0);
    }
    CHECK(has());
    auto const streams = scene.list(true)["streams"];
    CHECK(streams.back()["rig"] == "paired");
  }
  CHECK(cut > 0);
}

TEST_CASE("a relay killed while a rig pairs takes it after it was started again", "[cli][pair]") {
  Scene scene;
  auto const uri = scene.fresh_code();
  scene.relay().kill();
  auto const away = scene.pair(uri);
  CHECK(holds(error_of(away, 69), "127.0.0.1:"));
  CHECK(holds(hint_of(away), fmt::format("TCP port {}", scene.relay().ports().srtla)));
  scene.relay().restart();
  REQUIRE(scene.listens());
  CHECK(scene.pair(uri).code == 0);
}

TEST_CASE("a code is taken from a file, standard input or an argument, and never shown again",
          "[cli][pair]") {
  Scene scene;
  auto const uri = scene.fresh_code();
  REQUIRE(uri.starts_with("aegis://127.0.0.1:"));
  auto const secret = uri.substr(uri.rfind('/') + 1);
  auto const open = scene.file_of(uri);
  ::chmod(open.c_str(), 0644);
  auto const loose = scene.rig({"pair", "--uri-file", open});
  CHECK(hint_of(loose) == "chmod 600 " + open);
  auto const cut = scene.pair(uri.substr(0, uri.size() - 4));
  CHECK(error_of(cut, 64).starts_with("pairing code: "));
  auto const none = scene.rig({"pair"});
  CHECK(error_of(none, 64) == "pair: neither a code nor a command is given");
  auto const misplaced = scene.rig({"pair", "new", "x", uri});
  error_of(misplaced, 64);
  for (auto const& outcome : {loose, cut, none, misplaced})
    CHECK_FALSE(holds(outcome.err + outcome.out, secret.substr(0, 40)));
  CHECK(scene.rig({"pair", uri, "--json"}).code == 0);
  auto const used = scene.pair(uri);
  CHECK(holds(error_of(used, 77), "it was used"));
  CHECK(holds(hint_of(used), "aegis pair new"));
}

TEST_CASE("streams and pairings are listed, renamed and revoked", "[cli][pair]") {
  Scene scene;
  REQUIRE(scene.pair(scene.fresh_code(), {"--name", "studio"}).code == 0);
  CHECK(scene.rig({"pair", "list", "--names"}).out == "studio\n");
  CHECK(holds(scene.rig({"pair", "show", "studio"}).out, "its stream   rig"));
  CHECK(scene.rig({"pair", "rename", "studio", "home"}).code == 0);
  CHECK(scene.list(false)["relays"][0]["name"] == "home");
  CHECK(scene.at_relay({"pair", "rename", "rig", "roof"}).code == 0);
  CHECK(scene.list(true)["streams"][1]["name"] == "roof");
  CHECK(holds(error_of(scene.at_relay({"pair", "rename", "roof", "cam"}), 78), "is taken"));
  CHECK(holds(error_of(scene.at_relay({"pair", "new", "roof"}), 78), "it has a rig already"));
  CHECK(scene.rig({"pair", "revoke", "home"}).code == 0);
  CHECK(scene.list(false)["relays"].empty());
}

TEST_CASE("the code's picture is as private as the code", "[cli][pair]") {
  Scene scene;
  auto const picture = (scene.rig.home() / "code.png").string();
  auto const made = scene.at_relay({"pair", "new", "rig", "--qr", "--png", picture});
  REQUIRE(made.code == 0);
  CHECK(holds(made.out, "▀"));
  CHECK(read_file(picture).substr(1, 3) == "PNG");
  struct stat info {};
  REQUIRE(::stat(picture.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("a code as JSON says until when it is good", "[cli][pair]") {
  Scene scene;
  auto const made = scene.at_relay(
      {"pair", "new", "rig", "--json", "--expires", "1h", "--address", "[2001:db8::1]:5001"});
  REQUIRE(made.code == 0);
  auto const code = Json::parse(made.out);
  CHECK(code["name"] == "rig");
  CHECK(code["fingerprint"].get<std::string>().size() == 64);
  auto const left =
      WallTime(std::chrono::seconds(code["expires_unix"].get<std::int64_t>())) - os::wall_now();
  CHECK(left > 59min);
  CHECK(left <= 1h);
  CHECK(scene.list(true)["streams"][1]["rig"] == "invited");
  REQUIRE(scene.listens());
  REQUIRE(scene.pair(code["uri"].get<std::string>()).code == 0);
  auto const shown = Json::parse(scene.rig({"pair", "show", "rig", "--json"}).out);
  CHECK(shown["addresses"] ==
        Json{fmt::format("127.0.0.1:{}", scene.relay().ports().srtla), "[2001:db8::1]:5001"});
  auto const wrong = scene.at_relay({"pair", "new", "other", "--address", ":5000"});
  CHECK(holds(error_of(wrong, 64), "--address: "));
}

TEST_CASE("a stream is exported as each program takes it", "[cli][pair]") {
  Runner const aegis;
  auto const key = Json::parse(
      aegis({"pair", "new", "cam", "--stock", "--encrypt", "--json", "--host", "relay.example.org"})
          .out);
  auto const id = key["publish"]["streamid"].get<std::string>();
  auto const secret = key["publish"]["passphrase"].get<std::string>();
  auto const url = "srtla://relay.example.org:5000?streamid=" + id + "&passphrase=" + secret;
  auto const exported = [&](const std::string& program) {
    return Json::parse(aegis({"pair", "export", "cam", "--for", program, "--json"}).out);
  };
  auto const moblin = exported("moblin");
  CHECK(moblin["values"]["URL"] == url);
  CHECK(moblin["link"].get<std::string>().starts_with(
      "moblin://?%7B%22streams%22%3A%5B%7B%22name%22%3A%22cam%22%2C%22url%22%3A%22srtla%3A%2F%2F"));
  for (auto const* program : {"irlpro", "belabox"})
    CHECK(exported(program)["values"] == Json{{"host", "relay.example.org"},
                                              {"port", "5000"},
                                              {"stream id", id},
                                              {"passphrase", secret}});
  auto const play_id = key["play"]["streamid"].get<std::string>();
  CHECK(holds(exported("obs")["values"]["media source"], "streamid=" + play_id));
  CHECK(holds(exported("noalbs")["values"]["stream server"], "\"OpenIRL\""));
  CHECK(exported("noalbs")["link"].is_null());
  CHECK(holds(aegis({"pair", "export", "cam", "--for", "moblin", "--qr"}).out, "▀"));
  CHECK(error_of(aegis({"pair", "export", "cam"}), 64) == "--for: it is missing");
  CHECK(holds(error_of(aegis({"pair", "export", "cam", "--for", "x"}), 64), "no known program"));
}

}  // namespace aegis::test
