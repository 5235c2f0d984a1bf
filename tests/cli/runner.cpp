#include "runner.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "support/programs.hpp"

namespace aegis::test {

Command Runner::command(const std::vector<std::string>& words,
                        const Environment& environment) const {
  static int runs = 0;
  Command command;
  // Each run writes files of its own: several may run at once in one home.
  command.name = "aegis-" + std::to_string(++runs);
  command.argv.push_back(aegis_program());
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.environment = {{"XDG_STATE_HOME", (home_ / "state").string()},
                         {"XDG_CONFIG_HOME", (home_ / "config").string()},
                         {"XDG_RUNTIME_DIR", home_.path().string()}};
  for (auto const& entry : environment) command.environment.push_back(entry);
  return command;
}

Outcome Runner::operator()(const std::vector<std::string>& words,
                           const Environment& environment) const {
  return run(command(words, environment), home_.path());
}

std::string Runner::state_file() const {
  return (home_ / "state/aegis/state.toml").string();
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  std::string line;
  while (std::getline(stream, line)) found.push_back(line);
  return found;
}

std::string error_of(const Outcome& outcome, int code) {
  INFO(outcome.err);
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  auto const said = lines(outcome.err);
  REQUIRE(said.size() == 2);
  CHECK(outcome.err.back() == '\n');
  REQUIRE(said[0].starts_with("aegis: "));
  REQUIRE(said[1].starts_with("hint: "));
  CHECK(said[1].size() > 6);
  return said[0].substr(7);
}

std::string hint_of(const Outcome& outcome) {
  auto const said = lines(outcome.err);
  return said.size() == 2 ? said[1].substr(6) : "";
}

}  // namespace aegis::test
