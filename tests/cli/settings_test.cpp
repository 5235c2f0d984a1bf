// aegis.toml: every option under its own name, and nothing else.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "runner.hpp"

namespace aegis::test {
namespace {

std::string put(const Runner& aegis, const std::string& text) {
  auto const file = aegis.home() / "config/aegis/aegis.toml";
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
  return file.string();
}

}  // namespace

TEST_CASE("options come from the usual file, and those typed win", "[cli][settings]") {
  Runner const aegis;
  put(aegis, "[pair.new]\nstock = true\njson = true\nhost = \"file.example.org\"\n");
  auto const from_file = aegis({"pair", "new", "cam"});
  REQUIRE(from_file.code == 0);
  CHECK(nlohmann::json::parse(from_file.out)["play"]["host"] == "file.example.org");
  auto const typed = aegis({"pair", "new", "dog", "--host", "typed.example.org"});
  REQUIRE(typed.code == 0);
  CHECK(nlohmann::json::parse(typed.out)["play"]["host"] == "typed.example.org");
}

TEST_CASE("pair prints the ports and uses the state file that the relay is set to",
          "[cli][settings]") {
  Runner const aegis;
  auto const state = aegis.home() / "relay.toml.state";
  auto const file = put(aegis,
                        "[relay.serve]\nsrtla = \"0.0.0.0:6000\"\nsrt-publish = 6001\n"
                        "srt-play = \"[::1]:6002\"\nstate = \"" +
                            state.string() + "\"\n");
  auto const made = aegis({"pair", "new", "cam", "--stock", "--host", "h.example.org", "--json"});
  INFO(made.err);
  REQUIRE(made.code == 0);
  CHECK(std::filesystem::exists(state));
  auto const key = nlohmann::json::parse(made.out);
  CHECK(key["publish"]["srtla"]["port"] == 6000);
  CHECK(key["publish"]["srt"]["port"] == 6001);
  CHECK(key["play"]["port"] == 6002);
  auto const text = aegis({"pair", "show", "cam"}).out;
  for (auto const* url :
       {"srtla://h.example.org:6000?", "srt://h.example.org:6001?", "srt://h.example.org:6002?"})
    CHECK(text.find(url) != std::string::npos);
  // Its own state file comes first.
  auto const other = aegis.home() / "other.state";
  CHECK(aegis({"pair", "new", "dog", "--stock", "--host", "h", "--state", other.string()}).code ==
        0);
  CHECK(std::filesystem::exists(other));
  put(aegis, "[relay.serve]\nsrt-play = \"nowhere\"\n");
  CHECK(error_of(aegis({"pair", "show", "cam"}), 78) ==
        "'srt-play' in " + file + ", line 2: address 'nowhere': the port is missing");
}

TEST_CASE("--config names another file", "[cli][settings]") {
  Runner const aegis;
  put(aegis, "not toml at all");
  auto const other = aegis.home() / "other.toml";
  std::ofstream(other) << "[pair.list]\nnames = true\n";
  CHECK(aegis({"pair", "list", "--config", other.string()}).code == 0);
  auto const missing = aegis({"pair", "list", "--config", "/nonexistent.toml"});
  CHECK(error_of(missing, 78) == "/nonexistent.toml: there is no such file");
}

TEST_CASE("what a file may not say is named with its line", "[cli][settings]") {
  Runner const aegis;
  struct Case {
    std::string text, error, hint;
  };
  for (auto const& [text, error, hint] : std::vector<Case>{
           {"[stream]\nbitrat = \"6M\"\n", ", line 2: unknown key 'bitrat' in [stream]",
            "did you mean `bitrate`?"},
           {"[strem]\nbitrate = \"6M\"\n", ", line 2: unknown table [strem]", ""},
           {"relay = \"x\"\n", ", line 1: unknown key 'relay' outside of every table", ""},
           {"[relay.serve]\nhelp = true\n", ", line 2: unknown key 'help' in [relay.serve]", ""},
           {"[stream]\nconfig = \"x\"\n", ", line 2: unknown key 'config' in [stream]", ""},
           {"[stream]\nloop = \"yes\"\n", ", line 2: 'loop' takes true or false",
            "write loop = true"},
           {"[stream]\nkey = true\n", ", line 2: 'key' takes a text", ""},
           {"[stream]\nproxy = [\"a\", \"b\"]\n", ", line 2: 'proxy' takes one value, not a list",
            ""},
           {"[stream]\nkey = 2020-01-01\n", ", line 2: 'key' is neither a text", ""},
           {"[stream]\nkey =\n", ", line 2: ", ""}}) {
    auto const file = put(aegis, text);
    auto const outcome = aegis({"pair", "list"});
    INFO(text);
    CHECK(error_of(outcome, 78).starts_with(file + error));
    if (!hint.empty()) CHECK(hint_of(outcome) == hint);
  }
}

TEST_CASE("a value that is wrong in the file names the file", "[cli][settings]") {
  Runner const aegis;
  auto const file = put(aegis, "[stream]\nlatency = 2000\n\n[relay.serve]\nsrtla = \"nowhere\"\n");
  CHECK(error_of(aegis({"stream"}), 78) ==
        "'latency' in " + file + ", line 2: duration '2000': the unit is missing");
  CHECK(error_of(aegis({"relay", "serve"}), 78) ==
        "'srtla' in " + file + ", line 5: address 'nowhere': the port is missing");
}

TEST_CASE("config show says what applies and from where", "[cli][settings]") {
  Runner const aegis;
  auto const file = put(aegis,
                        "[stream]\nbitrate = \"6M\"\nloop = true\nlink = [\"eth0\", "
                        "\"wwan0,cap=2M\"]\n"
                        "[relay.serve]\nstate = \"/srv/\\u001b[31m.toml\"\n"
                        "hook = \"https://joe:hu,sh-hush@hooks.example.org/hush?token=hush\"\n");
  auto const stream = aegis({"config", "show", "stream"});
  INFO(stream.out << stream.err);
  CHECK(stream.code == 0);
  auto const has = [](const Outcome& outcome, const std::string& line) {
    auto const all = lines(outcome.out);
    return std::any_of(all.begin(), all.end(), [&](const auto& each) {
      auto squeezed = each;
      auto const blanks = [](char a, char b) { return a == ' ' && b == ' '; };
      squeezed.erase(std::unique(squeezed.begin(), squeezed.end(), blanks), squeezed.end());
      return squeezed == line;
    });
  };
  CHECK(has(stream, "# lines are those of " + file));
  CHECK(has(stream, "[stream]"));
  CHECK(has(stream, "bitrate = \"6M\" # line 2"));
  CHECK(has(stream, "loop = true # line 3"));
  CHECK(has(stream, "link = [\"eth0\", \"wwan0,cap=2M\"] # line 4"));
  CHECK(has(stream, "latency = \"2000ms\" # default"));
  CHECK(has(stream, "# proxy is not set"));
  CHECK_FALSE(has(stream, "[relay.serve]"));
  auto const all = aegis({"config", "show"});
  CHECK(has(all, "[relay.serve]"));
  CHECK(has(all, "hook = \"https://***@hooks.example.org/***\" # line 7"));
  CHECK(all.out.find("hush") == std::string::npos);
  CHECK(all.out.find("joe") == std::string::npos);
  CHECK(all.out.find('\x1b') == std::string::npos);
  // What it printed is a file that says the same.
  auto const copy = aegis.home() / "copy.toml";
  std::ofstream(copy) << all.out;
  auto const again = aegis({"config", "show", "stream", "--config", copy.string()});
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK(again.out.find("bitrate = \"6M\"") != std::string::npos);
}

TEST_CASE("config show as JSON, and what it refuses", "[cli][settings]") {
  Runner const aegis;
  put(aegis, "[relay.serve]\nstate = \"/srv/state.toml\"\n");
  auto const shown = aegis({"config", "show", "pair", "list", "--json"});
  REQUIRE(shown.code == 0);
  auto const document = nlohmann::json::parse(shown.out);
  CHECK(document["schema"] == 1);
  REQUIRE(document["commands"].size() == 1);
  CHECK(document["commands"][0]["command"] == "pair list");
  for (auto const& option : document["commands"][0]["options"]) {
    if (option["name"] != "state") continue;
    CHECK(option["value"] == "/srv/state.toml");
    CHECK(option["from"] == "file");
    CHECK(option["line"] == 2);
  }
  CHECK(error_of(aegis({"config", "show", "strem"}), 64) ==
        "config show: there is no command 'strem' that takes options");
  auto const file = put(aegis, "[stream]\nbitrat = \"6M\"\n");
  CHECK(error_of(aegis({"config", "show"}), 78) ==
        file + ", line 2: unknown key 'bitrat' in [stream]");
}

}  // namespace aegis::test
