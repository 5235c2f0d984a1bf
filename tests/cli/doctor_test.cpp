// `aegis doctor` on this host, against a real relay and against nobody.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "runner.hpp"
#include "support/relay_and_rig.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

// The findings of one check, by subject.
std::map<std::string, Json> findings(const Outcome& outcome, const std::string& check) {
  std::map<std::string, Json> found;
  auto const document = Json::parse(outcome.out);
  CHECK(document["schema"] == 1);
  for (auto const& finding : document["findings"])
    if (finding["check"] == check) found[finding["subject"]] = finding;
  return found;
}

}  // namespace

TEST_CASE("doctor asks a relay over each link", "[cli][doctor]") {
  Runner const aegis;
  Relay::Options options;
  options.ports = RelayPorts::free();
  Relay const relay(aegis.home().path(), options);
  auto const where = fmt::format("127.0.0.1:{}", relay.ports().srtla);
  auto const outcome =
      aegis({"doctor", "--relay", where, "--link", "127.0.0.2", "--link", "127.0.0.3", "--json"});
  INFO(outcome.out << outcome.err);
  REQUIRE_FALSE(outcome.out.empty());
  for (auto const* link : {"127.0.0.2", "127.0.0.3"}) {
    auto const subject = fmt::format("{} to {}", link, where);
    CHECK(findings(outcome, "reach")[subject]["level"] == "ok");
    CHECK(findings(outcome, "mtu")[subject]["level"] == "ok");
    CHECK(findings(outcome, "mtu")[subject]["seen"] ==
          "IP packets of 1500 bytes pass, 1368 are needed");
  }
  CHECK(findings(outcome, "relay")[where]["level"] == "ok");
  CHECK(findings(outcome, "encoder").contains("libx264"));
}

TEST_CASE("doctor names what does not answer and exits with 1", "[cli][doctor]") {
  Runner const aegis;
  auto const file = aegis.home() / "aegis.toml";
  auto const where = fmt::format("127.0.0.1:{}", RelayPorts::free().srtla);
  std::ofstream(file) << fmt::format("[stream]\nrelay = \"{}\"\nlink = \"127.0.0.2\"\n", where);
  auto const outcome = aegis({"doctor", "--config", file.string()});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(lines(outcome.err).size() == 2);
  CHECK(outcome.out.find("fault    reach") != std::string::npos);
  CHECK(outcome.out.find(fmt::format("127.0.0.2 to {}", where)) != std::string::npos);
  CHECK(outcome.out.find("hint: ip route get 127.0.0.1 from 127.0.0.2") != std::string::npos);
  CHECK(outcome.out.find('\x1b') == std::string::npos);
}

TEST_CASE("doctor names the relays that it does not look at", "[cli][doctor]") {
  Runner const aegis;
  std::vector<std::string> arguments{"doctor", "--json", "--link", "127.0.0.2"};
  for (int i = 1; i <= 9; ++i)
    for (auto const& word : {std::string("--relay"), fmt::format("127.0.0.1:{}", i)})
      arguments.push_back(word);
  auto const outcome = aegis(arguments);
  INFO(outcome.out << outcome.err);
  auto const ninth = findings(outcome, "relay").at("127.0.0.1:9");
  CHECK(ninth["level"] == "skipped");
  CHECK(ninth["hint"] == "aegis doctor --relay 127.0.0.1:9");
}

TEST_CASE("doctor asks the disk of a state file that is named without its folder",
          "[cli][doctor]") {
  Runner const aegis;
  auto const outcome = aegis({"doctor", "--state", "state.toml", "--json"});
  INFO(outcome.out << outcome.err);
  auto const seen = findings(outcome, "disk").at(".")["seen"].get<std::string>();
  CHECK(seen.find("MB free") != std::string::npos);
}

TEST_CASE("doctor on a host that knows no relay says how to come to one", "[cli][doctor]") {
  Runner const aegis;
  auto const outcome = aegis({"doctor", "--json"});
  CHECK(outcome.code == 1);
  CHECK(findings(outcome, "relay")["here"]["seen"] == "no relay is known");
}

TEST_CASE("doctor reads what aegis stream would refuse", "[cli][doctor]") {
  Runner const aegis;
  CHECK(error_of(aegis({"doctor", "--link", ",off"}), 64) == "--link: the interface is missing");
  REQUIRE(aegis({"pair", "new", "cam", "--stock", "--host", "relay.example.org"}).code == 0);
  auto const relay = aegis({"doctor", "--json"});
  CHECK(findings(relay, "listen").size() == 3);
  CHECK(findings(relay, "reach").empty());
  std::filesystem::permissions(aegis.state_file(), std::filesystem::perms(0644));
  auto const loose = aegis({"doctor", "--relay", "host.invalid", "--json"});
  CHECK(loose.code == 1);
  CHECK(findings(loose, "state")[aegis.state_file()]["level"] == "fault");
  CHECK(findings(loose, "name")["host.invalid:5000"]["level"] == "fault");
}

}  // namespace aegis::test
