#include <thread>

#include <fmt/format.h>

#include "bench/figures.hpp"
#include "netns/scene.hpp"

namespace aegis::bench {
namespace {

using namespace aegis::test;

std::string seconds(Duration length) {
  return fmt::format("{}s", length / 1s);
}

nlohmann::json summary(Scene& scene, const Transmission& run) {
  double const payload = run.sink.at("received").get<double>() * 188;
  auto const links = scene.links.stats()["links"];
  double wire = 0;
  nlohmann::json per_link;
  for (const auto& link : links) {
    double const bytes = link["up"]["bytes_in"].get<double>();
    wire += bytes;
    per_link[link["name"].get<std::string>()] = {
        {"share_of_payload", bytes / payload},
        {"queueing_ms_p95", link["up"]["queueing_ms"]["p95"]},
        {"lost_random", link["up"]["lost"]["random"]},
        {"lost_queue", link["up"]["lost"]["queue"]},
        {"lost_outage", link["up"]["lost"]["outage"]}};
  }
  auto const sent = run.source.at("sent").get<std::int64_t>();
  return {{"ts_packets_sent", sent},
          {"ts_packets_lost", sent - run.sink.at("received").get<std::int64_t>()},
          {"ts_packets_duplicated", run.sink.at("duplicated")},
          {"longest_gap_ms", run.sink.at("longest_gap_ms")},
          {"latency_ms", run.sink.at("latency_ms")},
          {"wire_amplification", wire / payload},
          {"links", per_link}};
}

}  // namespace

nlohmann::json two_links(Duration length) {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.length = seconds(length)});
  Transmission const run = broadcast.finish();
  return summary(scene, run);
}

nlohmann::json dark_in_turn(Duration outage) {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.rate = "3M", .length = seconds(2 * outage + 20s)});
  broadcast.wait_for_media();
  for (const char* link : {"m0", "m1"}) {
    std::this_thread::sleep_for(3s);
    scene.links.command(std::string(link) + " down");
    std::this_thread::sleep_for(outage);
    scene.links.command(std::string(link) + " up");
    std::this_thread::sleep_for(3s);
  }
  return summary(scene, broadcast.finish());
}

}  // namespace aegis::bench
