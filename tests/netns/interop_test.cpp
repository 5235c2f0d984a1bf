// Programs that are not Aegis, at every place where one may stand.
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "netns/scene.hpp"
#include "support/programs.hpp"
#include "support/wait.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

constexpr int kProxyPort = 9000;

Command proxy_command(Scene& scene, const std::string& relay) {
  Command command{{aegis_program(), "stream", "--proxy", fmt::format("127.0.0.1:{}", kProxyPort),
                   "--relay", relay}};
  auto const links = scene.link_arguments();
  command.argv.insert(command.argv.end(), links.begin(), links.end());
  command.name = "proxy";
  command.where = &scene.rig;
  return command;
}

std::string publish_id(const Relay& relay) {
  return relay.key()["publish"]["streamid"];
}
std::string play_id(const Relay& relay) {
  return relay.key()["play"]["streamid"];
}

}  // namespace

TEST_CASE("srt-live-transmit's packets are bonded untouched and come out whole") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Process sink(sink_command(relay, "127.0.0.1", &scene.host), scene.folder.path());
  Process proxy(proxy_command(scene, fmt::format("{}:5000", kRelayV4)), scene.folder.path());
  REQUIRE(wait_until([&] { return proxy.has_udp_port(kProxyPort); }, 5s));
  PipeEnds pipe = make_pipe();
  Command encoder{{"srt-live-transmit", "-chunk:1316", "file://con",
                   fmt::format("srt://127.0.0.1:{}?mode=caller&latency=2000&streamid={}",
                               kProxyPort, publish_id(relay))}};
  encoder.where = &scene.rig;
  encoder.input = std::move(pipe.read);
  Process transmit(std::move(encoder), scene.folder.path());
  Process source(source_command("8M", "12s", std::move(pipe.write)), scene.folder.path());
  REQUIRE(source.wait(30s) == 0);
  sink.wait(10s);
  if (sink.running()) sink.stop();
  auto const account = account_of(sink.out());
  INFO(account.dump());
  INFO(proxy.err());
  CHECK(account.at("lost").get<int>() == 0);
  CHECK(account.at("duplicated").get<int>() == 0);
  // srt-live-transmit closes without waiting for its last 2 s.
  CHECK(account.at("received").get<int>() > account_of(source.err()).at("sent").get<int>() * 3 / 4);
}

TEST_CASE("ffmpeg encodes into the proxy, and ffmpeg plays the relay") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Process proxy(proxy_command(scene, fmt::format("{}:5000", kRelayV4)), scene.folder.path());
  REQUIRE(wait_until([&] { return proxy.has_udp_port(kProxyPort); }, 5s));
  Command encoder{{"ffmpeg",
                   "-nostdin",
                   "-v",
                   "error",
                   "-re",
                   "-f",
                   "lavfi",
                   "-i",
                   "testsrc2=size=640x360:rate=30",
                   "-t",
                   "14",
                   "-c:v",
                   "libx264",
                   "-preset",
                   "ultrafast",
                   "-tune",
                   "zerolatency",
                   "-g",
                   "30",
                   "-f",
                   "mpegts",
                   fmt::format("srt://127.0.0.1:{}?mode=caller&latency=2000000&streamid={}",
                               kProxyPort, publish_id(relay))}};
  encoder.name = "encoder";
  encoder.where = &scene.rig;
  Process encoding(std::move(encoder), scene.folder.path());
  auto const recording = scene.folder / "played.ts";
  Command player{{"ffmpeg", "-nostdin", "-v", "error", "-t", "6", "-i",
                  fmt::format("srt://127.0.0.1:4000?mode=caller&streamid={}", play_id(relay)), "-c",
                  "copy", "-y", recording.string()}};
  player.name = "player";
  player.where = &scene.host;
  Outcome const played = run(std::move(player), scene.folder.path(), 30s);
  INFO(played.err);
  INFO(proxy.err());
  CHECK(played.code == 0);
  Outcome const check =
      run({{"ffmpeg", "-nostdin", "-v", "error", "-i", recording.string(), "-f", "null", "-"},
           "decode"},
          scene.folder.path(), 30s);
  CHECK(check.code == 0);
  CHECK(check.err.empty());
  CHECK(std::filesystem::file_size(recording) > 100'000);
}

TEST_CASE("The relay hands bonded SRT to another server, which ends it") {
  Scene scene;
  Command server{
      {"srt-live-transmit", "-chunk:1316", "srt://127.0.0.1:7000?mode=listener", "file://con"}};
  PipeEnds pipe = make_pipe();
  server.name = "server";
  server.where = &scene.host;
  server.output = std::move(pipe.write);
  Process listening(std::move(server), scene.folder.path());
  Command counting{{ts_sink_program(), "--idle", "3s"}};
  counting.name = "sink";
  counting.input = std::move(pipe.read);
  Process sink(std::move(counting), scene.folder.path());
  auto options = scene.in_host();
  options.arguments = {"--forward", "127.0.0.1:7000"};
  Relay relay(scene.folder / "relay", options);
  PipeEnds input = make_pipe();
  auto arguments = scene.link_arguments();
  arguments.insert(arguments.end(), {"--input", "-"});
  Command publishing = stream_command(relay, kRelayV4, &scene.rig, arguments);
  publishing.input = std::move(input.read);
  Process stream(std::move(publishing), scene.folder.path());
  Process source(source_command("8M", "10s", std::move(input.write)), scene.folder.path());
  REQUIRE(source.wait(20s) == 0);
  if (!sink.wait(15s)) sink.stop();
  auto const account = account_of(sink.out());
  INFO(account.dump());
  INFO(stream.err());
  CHECK(account.at("lost").get<int>() == 0);
  CHECK(account.at("duplicated").get<int>() == 0);
  CHECK(account.at("received").get<int>() == account_of(source.err()).at("sent").get<int>());
}

TEST_CASE("A plain SRT encoder publishes without any bonding") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Process sink(sink_command(relay, "127.0.0.1", &scene.host), scene.folder.path());
  Command plain{{ts_source_program(), "--rate", "3M", "--for", "6s", "--latency", "1s", "--to",
                 "srt:10.0.1.1:4001", "--key", relay.key_file().string()}};
  plain.where = &scene.rig;
  Process source(std::move(plain), scene.folder.path());
  REQUIRE(source.wait(20s) == 0);
  if (!sink.wait(10s)) sink.stop();
  auto const account = account_of(sink.out());
  INFO(account.dump());
  CHECK(account.at("lost").get<int>() == 0);
  CHECK(account.at("received").get<int>() == account_of(source.err()).at("sent").get<int>());
}
