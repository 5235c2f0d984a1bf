// Two relays: the second takes over when the first dies, and its players see pictures.
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include "common/os/clock.hpp"
#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

Relay::Options anywhere() {
  Relay::Options options;
  options.ports = RelayPorts::free();
  return options;
}

std::string address_of(const Relay& relay) {
  return fmt::format("127.0.0.1:{}", relay.ports().srtla);
}

bool says(const Process& process, const std::string& words) {
  return process.err().find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("players of the second relay see pictures soon after the first one's death",
          "[cli][failover]") {
  Runner const aegis;
  Relay first(aegis.home().path() / "first", anywhere());
  Relay const second(aegis.home().path() / "second", anywhere());
  Process agent(
      aegis.command({"stream", "--relay", address_of(first), "--relay", address_of(second), "--key",
                     first.key_file().string(), "--key", second.key_file().string(), "--link",
                     "127.0.0.1", "--latency", "500ms", "--bitrate", "1M"}),
      aegis.home().path());
  REQUIRE(wait_until([&] { return says(agent, "state=live"); }, 15s));
  Process player(sink_command(second, "127.0.0.1", nullptr), aegis.home().path());
  std::this_thread::sleep_for(1s);
  CHECK_FALSE(says(player, "receiving"));
  Time const killed = os::now();
  first.kill();
  CHECK(wait_until([&] { return says(player, "receiving"); }, 15s));
  CHECK(os::now() - killed < 5s);  // 3 s on a quiet host
  INFO(agent.err());
  CHECK(says(agent, "relay changed"));
  first.restart();
  std::this_thread::sleep_for(2s);
  CHECK(agent.err().find("relay changed") == agent.err().rfind("relay changed"));  // it stays
  CHECK(agent.stop(5s) == 0);
}

TEST_CASE("keys are one for all relays, or one for each", "[cli][failover]") {
  Runner const aegis;
  Relay const relay(aegis.home().path() / "relay", anywhere());
  auto const key = relay.key_file().string();
  auto const outcome =
      aegis({"stream", "--relay", "a", "--relay", "b", "--relay", "c", "--key", key, "--key", key});
  CHECK(error_of(outcome, 64).find("one for each") != std::string::npos);
}

}  // namespace aegis::test
