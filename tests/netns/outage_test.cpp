// Links that go dark, go away and come back, and a relay that dies.
#include <csignal>
#include <string>
#include <string_view>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "common/os/clock.hpp"
#include "netns/checks.hpp"
#include "netns/scene.hpp"
#include "support/programs.hpp"
#include "support/wait.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

constexpr auto kOutage = 5s;

std::uint64_t bytes_up(Scene& scene, std::size_t link) {
  return scene.links.stats()["links"][link]["up"]["bytes_in"].get<std::uint64_t>();
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("Each link goes dark in turn, and nothing is lost at a rate that the other can carry") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.rate = "2500k", .length = "26s"});
  REQUIRE(broadcast.wait_for_media());
  for (const char* link : {"m0", "m1"}) {
    std::this_thread::sleep_for(2s);
    scene.links.command(std::string(link) + " down");
    std::this_thread::sleep_for(kOutage);
    scene.links.command(std::string(link) + " up");
    std::this_thread::sleep_for(3s);
  }
  check_nothing_lost(broadcast.finish());
}

TEST_CASE("A dongle is pulled out and put back, and carries again") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.rate = "2500k", .length = "18s"});
  REQUIRE(broadcast.wait_for_media());
  std::this_thread::sleep_for(2s);
  scene.links.command("m0 unplug");
  std::this_thread::sleep_for(kOutage);
  auto const before = bytes_up(scene, 0);
  scene.links.command("m0 plug");
  std::this_thread::sleep_for(5s);
  CHECK(bytes_up(scene, 0) > before + 100'000);
  check_nothing_lost(broadcast.finish());
}

TEST_CASE("A relay that is killed and started again gets the stream back") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(
      scene, relay,
      {.rate = "3M", .length = "25s", .sink_arguments = {"--reconnect", "yes", "--idle", "12s"}});
  REQUIRE(broadcast.wait_for_media());
  std::this_thread::sleep_for(3s);
  relay.kill();
  std::this_thread::sleep_for(1s);
  relay.restart();
  // Well before SRT would have given its connection up.
  CHECK(wait_until([&] { return count(broadcast.stream().err(), "SRT connected") == 2; }, 2s));
  Transmission const result = broadcast.finish();
  INFO(result.stream_words);
  INFO(result.sink.dump());
  // The last packet that went in came out: the stream did go on.
  CHECK(result.sink.at("last").get<int>() + 1 == result.source.at("sent").get<int>());
  CHECK(result.sink.at("longest_gap_ms").get<double>() < 12'000);
}

TEST_CASE("An encoder behind the proxy hears at once that the relay began anew") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Command proxying{{aegis_program(), "stream", "--proxy", "127.0.0.1:9000", "--relay",
                    fmt::format("{}:5000", kRelayV4)}};
  auto const links = scene.link_arguments();
  proxying.argv.insert(proxying.argv.end(), links.begin(), links.end());
  proxying.name = "proxy";
  proxying.where = &scene.rig;
  Process proxy(std::move(proxying), scene.folder.path());
  REQUIRE(wait_until([&] { return proxy.has_udp_port(9000); }, 5s));
  Command encoding{{ts_source_program(), "--rate", "3M", "--for", "30s", "--to",
                    "srt:127.0.0.1:9000", "--key", relay.key_file().string()}};
  encoding.where = &scene.rig;
  Process encoder(std::move(encoding), scene.folder.path());
  REQUIRE(wait_until([&] { return count(encoder.err(), "connected") == 1; }, 10s));
  std::this_thread::sleep_for(3s);
  relay.kill();
  std::this_thread::sleep_for(1s);
  relay.restart();
  INFO(proxy.err());
  CHECK(encoder.wait(2s).has_value());
}

TEST_CASE("SIGTERM drains and ends within two seconds, and a second SIGINT at once") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  for (int number : {SIGTERM, SIGINT}) {
    Broadcast broadcast(scene, relay,
                        {.rate = "3M", .length = "60s", .stream_arguments = {"--latency", "1s"}});
    REQUIRE(broadcast.wait_for_media());
    broadcast.stream().signal(number);
    if (number == SIGINT) {
      std::this_thread::sleep_for(50ms);
      broadcast.stream().signal(number);
    }
    Time const asked = os::now();
    auto const code = broadcast.stream().wait(5s);
    INFO(broadcast.stream().err());
    CHECK(to_seconds(os::now() - asked) < (number == SIGTERM ? 2.3 : 0.5));
    CHECK(code == (number == SIGTERM ? 0 : 128 + SIGINT));
  }
  Time const asked = os::now();
  CHECK(relay.process().stop() == 0);
  CHECK(to_seconds(os::now() - asked) < 2.3);
}
