// What goes wrong ends with the right code and with words that help.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "netns/checks.hpp"
#include "netns/scene.hpp"
#include "support/programs.hpp"
#include "support/wait.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

// `aegis stream` that is given `patience` to end by itself or to say `words` while it tries again.
struct Attempt {
  std::optional<int> code;
  std::string words;
};

Attempt attempt(Scene& scene, Command command, const std::string& words, Duration patience) {
  Process stream(std::move(command), scene.folder.path());
  wait_until([&] { return !stream.running() || stream.err().find(words) != std::string::npos; },
             patience);
  Attempt result;
  if (!stream.running()) result.code = stream.wait(0ms);
  result.words = stream.err();
  return result;
}

std::vector<std::string> test_input(const Scene& scene) {
  auto arguments = scene.link_arguments();
  arguments.insert(arguments.end(), {"--input", "test"});
  return arguments;
}

}  // namespace

TEST_CASE("A wrong key is refused, in words, and harms nobody") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  auto key = relay.key();
  key["publish"]["streamid"] = "pub-00000000000000000000000000000000";
  auto const wrong = scene.folder / "wrong.json";
  write_private_file(wrong, key.dump());
  Broadcast broadcast(scene, relay, {.rate = "2M", .length = "10s"});
  REQUIRE(broadcast.wait_for_media());
  Command command = stream_command(relay, kRelayV4, &scene.rig, test_input(scene));
  command.argv[3] = wrong.string();
  command.name = "intruder";
  Attempt const result = attempt(scene, std::move(command), "no such words", 15s);
  INFO(result.words);
  CHECK(result.code == 77);
  CHECK(result.words.find("key") != std::string::npos);
  CHECK(result.words.find("pub-0000") == std::string::npos);
  check_nothing_lost(broadcast.finish());
}

TEST_CASE("A play key does not publish") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  auto key = relay.key();
  key["publish"]["streamid"] = key["play"]["streamid"];
  auto const wrong = scene.folder / "wrong.json";
  write_private_file(wrong, key.dump());
  Command command = stream_command(relay, kRelayV4, &scene.rig, test_input(scene));
  command.argv[3] = wrong.string();
  Attempt const result = attempt(scene, std::move(command), "no such words", 15s);
  INFO(result.words);
  CHECK(result.code == 77);
}

TEST_CASE("A relay that is not there is waited for by name, or given up with 69") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  relay.kill();
  Attempt const result = attempt(
      scene, stream_command(relay, kRelayV4, &scene.rig, test_input(scene)), "waiting for", 15s);
  INFO(result.words);
  bool const gave_up = result.code == 69;
  bool const waits = !result.code.has_value() && result.words.find(kRelayV4) != std::string::npos;
  CHECK((gave_up || waits));
}

TEST_CASE("All links down is said, and the stream comes back with them") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  for (const char* link : {"m0", "m1"}) scene.links.command(std::string(link) + " unplug");
  Process stream(stream_command(relay, kRelayV4, &scene.rig, test_input(scene)),
                 scene.folder.path());
  CHECK(wait_until([&] { return stream.err().find("waiting") != std::string::npos; }, 5s));
  CHECK(stream.running());
  scene.links.command("m1 plug");
  bool const live =
      wait_until([&] { return stream.err().find("connected") != std::string::npos; }, 15s);
  INFO(stream.err());
  CHECK(live);
}

TEST_CASE("A relay without a stream says which command makes one") {
  Scene scene;
  auto const state = scene.folder / "empty.toml";
  Process relay({{aegis_program(), "relay", "serve", "--state", state.string()}, "", &scene.host},
                scene.folder.path());
  CHECK(wait_until([&] { return relay.err().find("aegis pair new") != std::string::npos; }, 5s));
}

TEST_CASE("Input that is no input ends with 65") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  auto arguments = scene.link_arguments();
  arguments.insert(arguments.end(), {"--input", "/no/such/file.mp4"});
  Attempt const result =
      attempt(scene, stream_command(relay, kRelayV4, &scene.rig, arguments), "no such words", 10s);
  INFO(result.words);
  CHECK(result.code == 65);
  CHECK(result.words.find("/no/such/file.mp4") != std::string::npos);
}

TEST_CASE("A port that is taken is told before anything else, with 78 or 75") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Outcome const second = run({{aegis_program(), "relay", "serve", "--state",
                               (scene.folder / "relay" / "state.toml").string()},
                              "second",
                              &scene.host},
                             scene.folder.path(), 10s);
  INFO(second.err);
  CHECK((second.code == 75 || second.code == 78));
  CHECK(second.err.find("in use") != std::string::npos);
  CHECK(second.err.find("hint: ") != std::string::npos);
}
