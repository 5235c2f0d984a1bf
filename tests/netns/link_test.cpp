// The user's hand on links, while a stream runs over them: off, caps, reserves and data limits.
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

// Wide enough each for the whole stream.
std::vector<LinkSpec> wide_links() {
  return {rig_link(0, "rate:8M/delay:30ms/loss:0.1%/queue:300ms", "rate:8M/delay:30ms"),
          rig_link(1, "rate:8M/delay:60ms/loss:0.1%/queue:300ms", "rate:8M/delay:60ms")};
}

std::uint64_t bytes(Scene& scene, std::size_t link, const char* way) {
  return scene.links.stats()["links"][link][way]["bytes_in"].get<std::uint64_t>();
}
std::uint64_t bytes_up(Scene& scene, std::size_t link) {
  return bytes(scene, link, "up");
}
std::uint64_t bytes_both(Scene& scene, std::size_t link) {
  return bytes_up(scene, link) + bytes(scene, link, "down");
}

Outcome aegis_here(Scene& scene, std::vector<std::string> words, Duration patience = 10s) {
  words.insert(words.begin(), aegis_program());
  return run({std::move(words), "control", &scene.rig, scene.environment()}, scene.folder.path(),
             patience);
}

void set(Scene& scene, const std::string& link, const std::string& setting) {
  Outcome const outcome = aegis_here(scene, {"link", link, setting});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
}

nlohmann::json link_figures(Scene& scene, std::size_t link) {
  Outcome const outcome = aegis_here(scene, {"stats", "--json"});
  auto const document = nlohmann::json::parse(outcome.out);
  for (auto const& report : document["reports"])
    if (report["kind"] == "rig") return report["links"][link];
  return {};
}

double megabits(std::uint64_t bytes, Duration span) {
  return static_cast<double>(bytes) * 8e-6 / to_seconds(span);
}

}  // namespace

TEST_CASE("A link switched off and on in mid-stream costs nothing, and carries nothing while off") {
  Scene scene(wide_links());
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.rate = "4M", .length = "30s"});
  REQUIRE(broadcast.wait_for_media());
  for (std::size_t link : {0U, 1U}) {
    auto const name = fmt::format("m{}", link);
    std::this_thread::sleep_for(2s);
    set(scene, name, "off");
    std::this_thread::sleep_for(200ms);
    auto const before = bytes_up(scene, link);
    std::this_thread::sleep_for(4s);
    CHECK(bytes_up(scene, link) == before);
    CHECK(link_figures(scene, link)["state"] == "off");
    set(scene, name, "on");
    CHECK(wait_until([&] { return link_figures(scene, link)["state"] == "live"; }, 2s));
    std::this_thread::sleep_for(1s);
    CHECK(bytes_up(scene, link) > before);
  }
  check_nothing_lost(broadcast.finish());
}

TEST_CASE("doctor names the link that is too narrow, and the one that reaches nobody") {
  Scene scene(wide_links());
  Relay const relay(scene.folder / "relay", scene.in_host());
  auto const doctor = [&] {
    return aegis_here(
        scene, {"doctor", "--relay", kRelayV4, "--link", "m0", "--link", "m1", "--json"}, 30s);
  };
  auto const level = [](const Outcome& outcome, const std::string& check, const char* link) {
    auto const subject = fmt::format("{} to {}:5000", link, kRelayV4);
    auto const document = nlohmann::json::parse(outcome.out);
    for (auto const& finding : document["findings"])
      if (finding["check"] == check && finding["subject"] == subject)
        return finding["level"].get<std::string>();
    return std::string("not looked at");
  };
  scene.rig.ip("link set m1 mtu 1300");
  auto const narrow = doctor();
  INFO(narrow.out << narrow.err);
  CHECK(narrow.code == 1);
  CHECK(level(narrow, "reach", "m1") == "ok");
  CHECK(level(narrow, "mtu", "m0") == "ok");
  CHECK(level(narrow, "mtu", "m1") == "fault");
  scene.links.command("m0 down");
  auto const dark = doctor();
  INFO(dark.out << dark.err);
  CHECK(level(dark, "reach", "m0") == "fault");
  CHECK(level(dark, "reach", "m1") == "ok");
}

TEST_CASE("A capped link keeps to its cap on the wire, a reserve waits, and nothing is lost") {
  Scene scene(wide_links());
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.rate = "4M", .length = "26s"});
  REQUIRE(broadcast.wait_for_media());
  set(scene, "m0", "cap=1500k");
  std::this_thread::sleep_for(1s);
  auto before = bytes_up(scene, 0);
  Time began = os::now();
  std::this_thread::sleep_for(8s);
  double const capped = megabits(bytes_up(scene, 0) - before, os::now() - began);
  CHECK(capped < 1.5 * 1.02);
  CHECK(capped > 1.5 * 0.9);
  set(scene, "m0", "cap=none");
  set(scene, "m1", "priority=1");
  std::this_thread::sleep_for(2s);
  before = bytes_up(scene, 1);
  began = os::now();
  std::this_thread::sleep_for(5s);
  CHECK(megabits(bytes_up(scene, 1) - before, os::now() - began) < 0.2);
  scene.links.command("m0 down");
  std::this_thread::sleep_for(3s);
  scene.links.command("m0 up");
  CHECK(bytes_up(scene, 1) > before + 1'000'000);
  check_nothing_lost(broadcast.finish());
}

TEST_CASE("A link whose data is used up is off, and stays off when the agent starts again") {
  Scene scene(wide_links());
  Relay relay(scene.folder / "relay", scene.in_host());
  auto const state = (scene.folder / "rig" / "state.toml").string();
  constexpr std::uint64_t kLimit = 3'000'000;
  std::vector<std::string> const limited = {"--link", "m0,data=3M/month", "--state", state};
  auto const off = [&] { return link_figures(scene, 0)["state"] == "off"; };
  {
    Broadcast broadcast(scene, relay, {.rate = "3M", .length = "16s", .stream_arguments = limited});
    REQUIRE(broadcast.wait_for_media());
    REQUIRE(wait_until(off, 15s));
    auto const used = bytes_both(scene, 0);
    // Half a second of what it may have carried, and answers that were on their way.
    CHECK(used > kLimit * 98 / 100);
    CHECK(used < kLimit + 500'000);
    std::this_thread::sleep_for(1s);
    double const counted = link_figures(scene, 0)["data"]["month_bytes"].get<double>();
    CHECK(counted == Approx(static_cast<double>(bytes_both(scene, 0))).epsilon(0.01));
    CHECK(broadcast.stream().err().find("link switched off name=m0") != std::string::npos);
    check_nothing_lost(broadcast.finish());
  }
  auto const before = bytes_up(scene, 0);
  Broadcast broadcast(scene, relay, {.rate = "3M", .length = "6s", .stream_arguments = limited});
  REQUIRE(broadcast.wait_for_media());
  CHECK(off());
  check_nothing_lost(broadcast.finish());
  CHECK(bytes_up(scene, 0) == before);
}
