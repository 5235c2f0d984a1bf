// `aegis link` against a real agent, and `--link` with settings.
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Relay::Options anywhere() {
  Relay::Options options;
  options.ports = RelayPorts::free();
  return options;
}

// A rig and a relay on this host, with two links of loopback addresses.
struct Rig {
  Runner aegis;
  Relay relay{aegis.home().path(), anywhere()};
  std::unique_ptr<Process> agent;

  explicit Rig(const std::string& first = "127.0.0.2") {
    agent = std::make_unique<Process>(
        aegis.command({"stream", "--key", relay.key_file().string(), "--relay",
                       fmt::format("127.0.0.1:{}", relay.ports().srtla), "--link", first, "--link",
                       "127.0.0.3", "--bitrate", "1M"}),
        aegis.home().path());
    wait_until([&] { return holds(agent->err(), "state=live") || !agent->running(); }, 15s);
  }
  Json link(std::size_t which) {
    auto const outcome = aegis({"stats", "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    auto const document = Json::parse(outcome.out);
    for (auto const& report : document["reports"])
      if (report["kind"] == "rig") return report["links"][which];
    return {};
  }
};

}  // namespace

TEST_CASE("a link is set while its agent runs, and stats shows it", "[cli][link]") {
  Rig rig("127.0.0.2,weight=2,data=1G/month");
  INFO(rig.agent->err());
  REQUIRE(rig.agent->running());
  CHECK(rig.link(0)["settings"] == "weight=2,data=1G/month");
  CHECK(rig.link(0)["data"]["cap_bytes"] == 1'000'000'000);
  auto const off = rig.aegis({"link", "127.0.0.2", "off"});
  INFO(off.err);
  CHECK(off.code == 0);
  CHECK(
      off.out.starts_with("127.0.0.2: off (by the user); set: weight=2,data=1G/month,off; data: "));
  CHECK(rig.link(0)["state"] == "off");
  CHECK(rig.link(0)["off_reason"] == "by the user");
  auto const set = rig.aegis({"link", "127.0.0.2", "on", "cap=800k,priority=1", "--json"});
  CHECK(set.code == 0);
  auto const answer = Json::parse(set.out);
  CHECK(answer["schema"] == 1);
  CHECK(answer["link"]["rate_cap_bps"] == 800'000);
  CHECK(answer["link"]["priority"] == 1);
  CHECK(wait_until([&] { return rig.link(0)["state"] == "live"; }, 5s));
  auto const table = rig.aegis({"stats"}).out;
  CHECK(holds(table, "weight=2,priority=1,cap=800k"));
  CHECK(holds(table, " of 1.00 GB/month"));
}

TEST_CASE("an agent whose links are all off says so", "[cli][link]") {
  Rig rig;
  for (auto const* name : {"127.0.0.2", "127.0.0.3"})
    CHECK(rig.aegis({"link", name, "off"}).code == 0);
  CHECK(wait_until([&] { return holds(rig.agent->err(), "state=failed"); }, 3s));
  CHECK(holds(rig.agent->err(), "every link is off: 127.0.0.2 by the user; 127.0.0.3 by the user"));
  CHECK(rig.agent->running());
  CHECK(rig.aegis({"link", "127.0.0.3", "on"}).code == 0);
  CHECK(wait_until([&] { return rig.link(1)["state"] == "live"; }, 5s));
}

TEST_CASE("what a link cannot be set to is refused", "[cli][link]") {
  Runner const aegis;
  CHECK(error_of(aegis({"link"}), 64) == "link: the link's name is missing");
  CHECK(error_of(aegis({"link", "wwan0"}), 64) == "link: nothing is given to set");
  CHECK(error_of(aegis({"link", "wwan0", "of"}), 64) == "link: 'of': no such setting of a link");
  CHECK(holds(error_of(aegis({"link", "wwan0", "cap=6"}), 64), "the unit is missing"));
  CHECK(error_of(aegis({"link", "wwan0", "off"}), 69) == "link: no agent of this user runs here");
  CHECK(
      holds(error_of(aegis({"link", "wwan0", "off", "--agent", "/none.sock"}), 69), "/none.sock"));
  Rig rig;
  auto const unknown = rig.aegis({"link", "wwan7", "off"});
  CHECK(error_of(unknown, 64) == "link: link 'wwan7': the agent has no such link");
  CHECK(hint_of(unknown) == "it has 127.0.0.2, 127.0.0.3");
}

TEST_CASE("--link and aegis.toml take the same settings", "[cli][link]") {
  Runner const aegis;
  auto const start = [&](const std::string& link) {
    return aegis({"stream", "--proxy", "0", "--relay", "127.0.0.1", "--link", link});
  };
  CHECK(error_of(start("wwan0,weight=20"), 64) ==
        "--link: 'weight=20': a weight is a number from 0.1 to 10");
  CHECK(error_of(start(",off"), 64) == "--link: the interface is missing");
  CHECK(error_of(start("wwan0,used=3G"), 64) == "--link: what was used is told to a running agent");
  auto const file = aegis.home() / "links.toml";
  std::ofstream(file) << "[stream]\nlink = [\"eth0\", \"wwan0,data=10G\"]\n";
  auto const outcome =
      aegis({"stream", "--proxy", "0", "--relay", "127.0.0.1", "--config", file.string()});
  CHECK(holds(error_of(outcome, 78), "an amount of data is per day or per month"));
  CHECK(holds(outcome.err, "links.toml, line 2"));
}

TEST_CASE("what the links have carried is believed only from a private file", "[cli][link]") {
  Runner const aegis;
  auto const folder = std::filesystem::path(aegis.state_file()).parent_path();
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "link-data.json") << "{}";
  std::filesystem::permissions(folder / "link-data.json", std::filesystem::perms(0644));
  auto const outcome =
      aegis({"stream", "--proxy", "0", "--relay", "127.0.0.1", "--link", "127.0.0.2,data=1G/day"});
  CHECK(holds(error_of(outcome, 78), "link-data.json"));
  CHECK(holds(hint_of(outcome), "chmod 600"));
}

}  // namespace aegis::test
