// `aegis pair`: keys that work, are kept well, and are shown only where they were asked for.
#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "runner.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

Json new_stream(const Runner& aegis, const std::string& name, std::vector<std::string> more = {}) {
  std::vector<std::string> words{
      "pair", "new", name, "--stock", "--json", "--host", "relay.example.org"};
  words.insert(words.end(), more.begin(), more.end());
  auto const outcome = aegis(words);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.empty());
  return Json::parse(outcome.out);
}

mode_t mode_of(const std::string& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("pair new prints the document that rigs and scripts rely on", "[cli][pair]") {
  Runner const aegis;
  auto const key = new_stream(aegis, "cam");
  auto const publish_id = key["publish"]["streamid"].get<std::string>();
  auto const play_id = key["play"]["streamid"].get<std::string>();
  CHECK(publish_id.size() == 4 + 32);
  CHECK(publish_id.starts_with("pub-"));
  CHECK(play_id.size() == 5 + 32);
  CHECK(play_id.starts_with("play-"));
  CHECK(publish_id.substr(4) != play_id.substr(5));
  auto const stats_key = key["stats"]["key"].get<std::string>();
  CHECK(stats_key.starts_with("stats-"));
  auto const stats_url = "http://127.0.0.1:5080/stats/" + stats_key;
  Json const expected{{"schema", 1},
                      {"name", "cam"},
                      {"publish",
                       {{"srtla", {{"host", "relay.example.org"}, {"port", 5000}}},
                        {"srt", {{"host", "relay.example.org"}, {"port", 4001}}},
                        {"streamid", publish_id},
                        {"passphrase", nullptr}}},
                      {"play",
                       {{"host", "relay.example.org"},
                        {"port", 4000},
                        {"streamid", play_id},
                        {"passphrase", nullptr}}},
                      {"stats",
                       {{"url", stats_url},
                        {"key", stats_key},
                        {"noalbs",
                         {{"streamServer", {{"type", "OpenIRL"}, {"statsUrl", stats_url}}},
                          {"name", "cam"},
                          {"priority", 0},
                          {"overrideScenes", nullptr},
                          {"dependsOn", nullptr},
                          {"enabled", true}}}}}};
  CHECK(key == expected);
  CHECK(mode_of(aegis.state_file()) == 0600);
  CHECK(mode_of((aegis.home() / "state/aegis").string()) == 0700);
}

TEST_CASE("show prints the same as new, in both forms", "[cli][pair]") {
  Runner const aegis;
  auto const key = new_stream(aegis, "cam", {"--encrypt"});
  CHECK(key["publish"]["passphrase"].get<std::string>().size() == 32);
  CHECK(key["play"]["passphrase"].get<std::string>().size() == 32);
  CHECK(key["play"]["passphrase"] != key["publish"]["passphrase"]);
  CHECK(Json::parse(aegis({"pair", "show", "cam", "--json"}).out) == key);
  auto const text = aegis({"pair", "show", "cam"}).out;
  auto const id = key["publish"]["streamid"].get<std::string>();
  auto const secret = key["publish"]["passphrase"].get<std::string>();
  CHECK(holds(text,
              "srtla://relay.example.org:5000?streamid=" + id + "&passphrase=" + secret + "\n"));
  CHECK(holds(text, "srt://relay.example.org:4001?mode=caller&latency=2000000&streamid=" + id));
  CHECK(holds(text, "srt://relay.example.org:4000?mode=caller&latency=200000&streamid=" +
                        key["play"]["streamid"].get<std::string>()));
  auto const url = key["stats"]["url"].get<std::string>();
  CHECK(holds(text, "\"type\": \"OpenIRL\",\n      \"statsUrl\": \"" + url + "\"\n"));
  CHECK(holds(text, "\"type\": \"SrtLiveServer\",\n      \"statsUrl\": \"" + url +
                        "?legacy=1\",\n      \"publisher\": \"live\"\n"));
}

TEST_CASE("an IPv6 host is bracketed in URLs and bare in JSON", "[cli][pair]") {
  Runner const aegis;
  new_stream(aegis, "cam");
  auto const text = aegis({"pair", "show", "cam", "--host", "[2001:db8::1]"}).out;
  CHECK(holds(text, "srtla://[2001:db8::1]:5000?"));
  auto const json =
      Json::parse(aegis({"pair", "show", "cam", "--host", "2001:db8::1", "--json"}).out);
  CHECK(json["play"]["host"] == "2001:db8::1");
  // show asks, it does not set
  CHECK(Json::parse(aegis({"pair", "show", "cam", "--json"}).out)["play"]["host"] ==
        "relay.example.org");
  for (auto const* bad : {"a b", "-x", "host:5000", "http://x", ""})
    if (*bad != '\0')
      CHECK(holds(error_of(aegis({"pair", "show", "cam", "--host", bad}), 64), "--host: "));
}

TEST_CASE("a host that nobody named is guessed aloud, never silently", "[cli][pair]") {
  Runner const aegis;
  auto const outcome = aegis({"pair", "new", "cam", "--stock", "--json"});
  REQUIRE(outcome.code == 0);
  auto const host = Json::parse(outcome.out)["play"]["host"];
  REQUIRE(lines(outcome.err).size() == 2);
  CHECK(holds(outcome.err, "--host NAME"));
  if (host.is_string()) CHECK(holds(outcome.err, host.get<std::string>()));
  CHECK((host.is_string() || host.is_null()));
}

TEST_CASE("names that commands have are names as well", "[cli][pair]") {
  Runner const aegis;
  for (auto const* name : {"stream", "list", "pair", "new", "0"}) {
    CHECK(new_stream(aegis, name)["name"] == name);
    CHECK(aegis({"pair", "show", name}).code == 0);
  }
}

TEST_CASE("list shows names and never a key", "[cli][pair]") {
  Runner const aegis;
  auto const none = aegis({"pair", "list"});
  CHECK(none.code == 0);
  CHECK(none.out.empty());
  CHECK(holds(none.err, "hint: aegis pair new NAME"));
  auto const key = new_stream(aegis, "cam");
  new_stream(aegis, "dog", {"--encrypt"});
  CHECK(aegis({"pair", "list", "--names"}).out == "cam\ndog\n");
  auto const json = aegis({"pair", "list", "--json"}).out;
  CHECK(Json::parse(json) ==
        Json::parse(R"({"schema":1,"streams":[{"name":"cam","encrypted":false,"rig":"none"},
                       {"name":"dog","encrypted":true,"rig":"none"}],"relays":[],"begun":[]})"));
  auto const id = key["publish"]["streamid"].get<std::string>().substr(4);
  CHECK_FALSE(holds(json + aegis({"pair", "list"}).out, id));
}

TEST_CASE("rotate makes new keys, revoke takes them away", "[cli][pair]") {
  Runner const aegis;
  auto const before = new_stream(aegis, "cam", {"--encrypt"});
  auto const after = Json::parse(aegis({"pair", "rotate", "cam", "--json"}).out);
  for (auto const* end : {"publish", "play"})
    for (auto const* part : {"streamid", "passphrase"})
      CHECK(before[end][part] != after[end][part]);
  CHECK(Json::parse(aegis({"pair", "show", "cam", "--json"}).out) == after);
  CHECK(Json::parse(aegis({"pair", "revoke", "cam", "--json"}).out) ==
        Json::parse(R"({"schema":1,"name":"cam","revoked":true})"));
  for (auto const* command : {"show", "rotate", "revoke"}) {
    auto const gone = aegis({"pair", command, "cam"});
    CHECK(error_of(gone, 78) == "stream 'cam': there is none of this name");
    CHECK(hint_of(gone) == "aegis pair list");
  }
  CHECK(aegis({"pair", "list", "--names"}).out.empty());
}

TEST_CASE("rotate ends a code that nobody has used", "[cli][pair]") {
  Runner const aegis;
  REQUIRE(aegis({"pair", "new", "cam", "--host", "relay.example.org"}).code == 0);
  auto const rig = [&] {
    return Json::parse(aegis({"pair", "list", "--json"}).out)["streams"][0]["rig"];
  };
  CHECK(rig() == "invited");
  REQUIRE(aegis({"pair", "rotate", "cam"}).code == 0);
  CHECK(rig() == "none");
}

TEST_CASE("names that cannot be, or are taken", "[cli][pair]") {
  Runner const aegis;
  new_stream(aegis, "cam");
  auto const state = read_file(aegis.state_file());
  auto const taken = aegis({"pair", "new", "cam", "--stock", "--host", "other.example.org"});
  CHECK(error_of(taken, 78) == "stream 'cam': the name is taken");
  CHECK(hint_of(taken) == "aegis pair show cam");
  for (auto const* name : {"Cam", "a b", "a/../b", "abcdefghijklmnopqrstuvwxyz0123456"})
    error_of(aegis({"pair", "new", name, "--stock"}), 64);
  CHECK(error_of(aegis({"pair", "new", "--stock"}), 64) ==
        "pair new: the stream's name is missing");
  for (auto const* expiry : {"10", "30s", "25h"})
    CHECK(holds(error_of(aegis({"pair", "new", "rig", "--expires", expiry}), 64), "--expires: "));
  CHECK(read_file(aegis.state_file()) == state);
}

TEST_CASE("a state file that is open to others stops every command", "[cli][pair]") {
  Runner const aegis;
  new_stream(aegis, "cam");
  REQUIRE(::chmod(aegis.state_file().c_str(), 0644) == 0);
  for (auto const& words : std::vector<std::vector<std::string>>{{"pair", "list"},
                                                                 {"pair", "show", "cam"},
                                                                 {"pair", "new", "dog", "--stock"},
                                                                 {"relay", "serve"}}) {
    auto const outcome = aegis(words);
    CHECK(holds(error_of(outcome, 78), "its mode is 0644"));
    CHECK(hint_of(outcome) == "chmod 600 " + aegis.state_file());
  }
}

TEST_CASE("thirty processes make a stream each", "[cli][pair]") {
  Runner const aegis;
  std::vector<std::unique_ptr<Process>> makers;
  for (int i = 0; i < 30; ++i) {
    auto command = aegis.command({"pair", "new", "cam-" + std::to_string(i), "--stock"});
    makers.push_back(std::make_unique<Process>(std::move(command), aegis.home().path()));
  }
  for (auto const& maker : makers) CHECK(maker->wait(30s) == 0);
  CHECK(lines(aegis({"pair", "list", "--names"}).out).size() == 30);
}

}  // namespace aegis::test
