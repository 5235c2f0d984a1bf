// Help, versions, misspellings and exit codes.
#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "cli/app.hpp"
#include "runner.hpp"

namespace aegis::test {
namespace {

// Every command's words, the program itself included.
std::vector<std::vector<std::string>> all_commands() {
  CLI::App app;
  cli::Arguments arguments;
  cli::build(app, arguments);
  std::vector<std::vector<std::string>> found{{}};
  for (auto const* above : app.get_subcommands({})) {
    found.push_back({above->get_name()});
    for (auto const* below : above->get_subcommands({}))
      found.push_back({above->get_name(), below->get_name()});
  }
  return found;
}

std::vector<std::string> with(std::vector<std::string> words, const std::string& more) {
  words.push_back(more);
  return words;
}

}  // namespace

TEST_CASE("bare aegis says what there is in 15 lines", "[cli]") {
  Runner const aegis;
  auto const outcome = aegis({});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(lines(outcome.out).size() <= 15);
  for (auto const* command :
       {"relay", "stream", "link", "pair", "stats", "doctor", "tenant", "state", "config"})
    CHECK(outcome.out.find(command) != std::string::npos);
}

TEST_CASE("help goes to standard output at each level, examples first", "[cli]") {
  Runner const aegis;
  for (auto const& words : all_commands()) {
    auto const outcome = aegis(with(words, "--help"));
    INFO(outcome.out);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
    auto const said = lines(outcome.out);
    REQUIRE(said.size() > 5);
    CHECK(said[2] == "Examples:");
    CHECK(said[3].starts_with("  aegis "));
    CHECK(said[4].starts_with("  aegis "));
    CHECK(outcome.out.find("Usage: aegis") != std::string::npos);
    for (auto const& line : said) CHECK(line.size() <= 100);
    CHECK(aegis(with(words, "-h")).out == outcome.out);
  }
}

TEST_CASE("the version", "[cli]") {
  Runner const aegis;
  auto const outcome = aegis({"--version"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.starts_with("aegis "));
  CHECK(outcome.out.find("libsrt 1.") != std::string::npos);
}

TEST_CASE("a misspelt command or option gets one suggestion and is never run", "[cli]") {
  Runner const aegis;
  struct Case {
    std::vector<std::string> words;
    std::string error, hint;
  };
  for (auto const& [words, error, hint] : std::vector<Case>{
           {{"strem"}, "unknown command 'strem'", "did you mean `aegis stream`?"},
           {{"pair", "shwo", "x"},
            "pair: unknown command 'shwo'",
            "did you mean `aegis pair show`?"},
           {{"stream", "--bitrat=6M"},
            "stream: unknown option '--bitrat'",
            "did you mean `aegis stream --bitrate`?"},
           {{"pair", "list", "--jsno"},
            "pair list: unknown option '--jsno'",
            "did you mean `aegis pair list --json`?"},
           {{"relay", "serve", "--frward", "1.2.3.4:5"},
            "relay serve: unknown option '--frward'",
            "did you mean `aegis relay serve --forward`?"},
           {{"xyzzy"}, "unknown command 'xyzzy'", "aegis --help"},
           {{"stream", "--str"}, "stream: unknown option '--str'", "aegis stream --help"},
           {{"relay", "serve", "now"},
            "relay serve: unexpected argument 'now'",
            "aegis relay serve --help"},
           {{"relay"}, "relay: a command is missing", "aegis relay --help"},
           {{"stream", "--relay"}, "stream: --relay needs a value", "aegis stream --help"},
           {{"stream", "--proxy", "1", "--proxy", "2"},
            "stream: --proxy is given more than once",
            "aegis stream --help"},
           {{"stream", "--loop=maybe"}, "stream: a flag takes no value", "aegis stream --help"}}) {
    auto const outcome = aegis(words);
    CHECK(error_of(outcome, 64) == error);
    CHECK(hint_of(outcome) == hint);
  }
}

TEST_CASE("a pairing URI is a secret and is not repeated", "[cli]") {
  Runner const aegis;
  for (auto const& [words, error] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"pair", "aegis://relay.example.org/canary"}, "pairing code: it names no HOST:PORT"},
           {{"stream", "aegis://relay.example.org/canary"},
            "stream: a pairing code does not belong here"}}) {
    auto const outcome = aegis(words);
    CHECK(error_of(outcome, 64) == error);
    CHECK(outcome.err.find("canary") == std::string::npos);
  }
}

TEST_CASE("what is typed wrong in a value names the option", "[cli]") {
  Runner const aegis;
  for (auto const& [words, error] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"stream", "--latency", "5"}, "--latency: duration '5': the unit is missing"},
           {{"stream", "--latency", "5ms"}, "--latency: duration '5ms': not from 20 ms to 60 s"},
           {{"stream", "--bitrate", "6"}, "--bitrate: bit rate '6': the unit is missing"},
           {{"stream", "--bitrate", "6M..2M"},
            "--bitrate: bit rate '6M..2M': the first rate is above the second"},
           {{"stream", "--bitrate", "1k"},
            "--bitrate: bit rate '1k': not from 50 kbit/s to 500.00 Mbit/s"},
           {{"stream", "--loop"}, "--loop: 'test' has no end to start again at"},
           {{"stream", "--proxy", "9000", "--input", "-"},
            "--proxy: an encoder's packets and --input exclude each other"},
           {{"stream", "--proxy", "9000", "--relay", "5000"},
            "--relay: address '5000': the host is missing"},
           {{"relay", "serve", "--srtla", "70000"},
            "--srtla: address '70000': the port is not a number from 0 to 65535"},
           {{"relay", "serve", "--srt-play", "::1:5"},
            "--srt-play: address '::1:5': an IPv6 host needs brackets"},
           {{"relay", "serve", "--forward", "host"},
            "--forward: address 'host': the port is missing"},
           {{"relay", "serve", "--allow", "192.0.2.0/24", "--allow", "198.51.100.0/33"},
            "--allow: network '198.51.100.0/33': the prefix length is not a number from 0 to 32"},
           {{"relay", "serve", "--deny", "192.0.2.7/24"},
            "--deny: network '192.0.2.7/24': it has bits set beyond the first 24"},
           {{"stats", "ftp://host"}, "stats: a target is a socket's path or http[s]://HOST:PORT"}})
    CHECK(error_of(aegis(words), 64) == error);
}

TEST_CASE("text from elsewhere cannot talk to the terminal", "[cli]") {
  Runner const aegis;
  auto const outcome = aegis({"\x1b]0;owned\x07"});
  CHECK(error_of(outcome, 64) == "unknown command '\\x1b]0;owned\\x07'");
}

TEST_CASE("output that cannot be written is an error", "[cli]") {
  Runner const aegis;
  auto command = aegis.command({"--help"});
  command.argv = {"sh", "-c", "exec \"$0\" --help > /dev/full", command.argv.front()};
  auto const outcome = run(std::move(command), aegis.home().path());
  CHECK(error_of(outcome, 75) == "standard output: No space left on device");
}

TEST_CASE("nothing is coloured on a pipe, nor with NO_COLOR", "[cli]") {
  Runner const aegis;
  for (auto const& environment :
       {Runner::Environment{}, {{"NO_COLOR", "1"}, {"TERM", "xterm"}}, {{"TERM", "xterm"}}})
    for (auto const& words : std::vector<std::vector<std::string>>{{}, {"--help"}, {"strem"}}) {
      auto const outcome = aegis(words, environment);
      CHECK((outcome.out + outcome.err).find('\x1b') == std::string::npos);
    }
}

}  // namespace aegis::test
