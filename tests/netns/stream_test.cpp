// The main job: everything that goes in at the rig comes out at the player, once.
#include <catch2/catch.hpp>

#include "netns/checks.hpp"
#include "netns/scene.hpp"

using namespace aegis;
using namespace aegis::test;

TEST_CASE("Two lossy links carry more than either could, and lose nothing") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {});
  Transmission const result = broadcast.finish();
  check_nothing_lost(result);
  // 2 s of uplink, 0.2 s towards the player.
  CHECK(result.sink.at("latency_ms").at("p50").get<double>() < 2500);
  CHECK(result.sink.at("longest_gap_ms").get<double>() < 500);
  auto const links = scene.links.stats()["links"];
  for (const auto& link : links) {
    CHECK(link["up"]["bytes_in"].get<double>() * 8 > 1e6 * 20);   // both work
    CHECK(link["up"]["lost"]["random"].get<int>() > 0);           // and both lose
    CHECK(link["up"]["queueing_ms"]["p50"].get<double>() < 150);  // no standing queue
  }
}

TEST_CASE("Two dongles with the same subnet and address are two links") {
  LinkSpec first = two_links()[0], second = two_links()[1];
  for (LinkSpec* link : {&first, &second}) {
    link->a = "192.168.8.100";
    link->route = kRelayV4;
  }
  first.b = "10.0.1.1";
  first.nat = "10.0.1.2";
  second.b = "10.0.2.1";
  second.nat = "10.0.2.2";
  Scene scene({first, second});
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.length = "10s"});
  check_nothing_lost(broadcast.finish());
  auto const links = scene.links.stats()["links"];
  for (const auto& link : links) {
    CHECK(link["up"]["bytes_in"].get<double>() * 8 > 1e6 * 10);
  }
}

TEST_CASE("The whole way over IPv6") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.length = "8s", .relay_host = kRelayV6, .sink_host = "::1"});
  check_nothing_lost(broadcast.finish());
}

TEST_CASE("An encrypted stream comes through with its passphrases") {
  Scene scene;
  auto options = scene.in_host();
  options.pair_arguments = {"--encrypt"};
  Relay relay(scene.folder / "relay", options);
  Broadcast broadcast(scene, relay, {.length = "6s"});
  check_nothing_lost(broadcast.finish());
}
