// What an agent is told on its socket while it is on air, and what it says of itself then.
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "common/os/unix_socket.hpp"
#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

struct Rig {
  explicit Rig(const std::vector<std::string>& arguments) : relay(aegis.home().path(), anywhere()) {
    std::vector<std::string> all = {"stream",
                                    "--key",
                                    relay.key_file().string(),
                                    "--relay",
                                    fmt::format("127.0.0.1:{}", relay.ports().srtla),
                                    "--link",
                                    "127.0.0.1"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    agent = std::make_unique<Process>(aegis.command(all), aegis.home().path());
  }
  static Relay::Options anywhere() {
    Relay::Options options;
    options.ports = RelayPorts::free();
    return options;
  }
  Json ask(const Json& request) const {
    std::string socket;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(aegis.home().path()))
      if (entry.path().extension() == ".sock") socket = entry.path().string();
    auto const answer = os::unix_request(socket, request.dump(), 5s);
    REQUIRE(answer);
    return Json::parse(*answer);
  }
  bool comes_to(const std::string& state) const {
    return wait_until([&] { return agent->err().find("state=" + state) != std::string::npos; },
                      15s);
  }

  Runner aegis;
  Relay relay;
  std::unique_ptr<Process> agent;
};

}  // namespace

TEST_CASE("an agent on air is told its bit rate, its input and its silence", "[cli][control]") {
  Rig const rig({"--input", "test", "--input", "udp://127.0.0.1:0", "--bitrate", "1M"});
  REQUIRE(rig.comes_to("live"));
  auto const answer =
      rig.ask({{"command", "set"}, {"bitrate", "500k..2M"}, {"input", "2"}, {"mute", "on"}});
  INFO(answer.dump());
  CHECK(answer["input"]["video_min_bps"] == 500'000);
  CHECK(answer["input"]["video_max_bps"] == 2'000'000);
  CHECK(answer["input"]["on_air"]["wanted"] == "udp://127.0.0.1:0");
  CHECK(answer["input"]["on_air"]["muted"] == true);
  CHECK(answer["input"]["on_air"]["input"] == "test");  // the other one has no picture
  CHECK(rig.ask({{"command", "set"}, {"input", "auto"}})["input"]["on_air"]["wanted"].is_null());
  for (auto const& wrong :
       {Json{{"bitrate", "9G"}}, Json{{"input", "3"}}, Json{{"mute", "so-so"}}}) {
    Json request = {{"command", "set"}};
    request.update(wrong);
    auto const refused = rig.ask(request);
    CHECK(refused["usage"] == true);
    CHECK(refused["error"].get<std::string>().find(wrong.begin()->get<std::string>()) !=
          std::string::npos);
  }
  CHECK(rig.ask({{"command", "set"}})["input"]["video_min_bps"] == 500'000);
  CHECK(rig.ask({{"command", "key-frame"}})["schema"] == 1);
  CHECK(rig.ask({{"command", "dance"}})["error"].is_string());
  CHECK(rig.ask({{"command", "stop"}})["stopping"] == true);
  CHECK(rig.agent->wait(5s) == 0);
}

TEST_CASE("an agent without a picture is on air with the slate, and says so", "[cli][control]") {
  Rig const rig({"--input", "udp://127.0.0.1:0", "--encode", "--bitrate", "1M"});
  REQUIRE(rig.comes_to("slate"));
  auto const status = rig.ask({{"command", "status"}});
  CHECK(status["state"] == "slate");
  CHECK(status["reason"] == "no picture from udp://127.0.0.1:0: nothing has come yet");
  CHECK(status["input"]["on_air"]["slate"] == true);
  CHECK(status["input"]["on_air"]["audio_lost"] == true);
  CHECK(status["srt"]["state"] == "connected");
}

}  // namespace aegis::test
