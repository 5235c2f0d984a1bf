#include <algorithm>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "bench/figures.hpp"
#include "common/os/clock.hpp"
#include "demo/picture_watch.hpp"
#include "netns/scene.hpp"
#include "support/wait.hpp"

namespace aegis::bench {
namespace {

using namespace aegis::test;

constexpr Duration kLook = 50ms;  // a player that is set for a quick start

Duration measure(const std::string& latency) {
  Scene scene({rig_link(0, "rate:6M/delay:50ms", "delay:50ms"),
               rig_link(1, "rate:4M/delay:50ms", "delay:50ms")});
  Relay relay(scene.folder / "relay", scene.in_host());
  demo::PictureWatch watch(
      fmt::format("srt://127.0.0.1:{}?mode=caller&latency=200000&streamid={}", relay.ports().play,
                  relay.key()["play"]["streamid"].get<std::string>()),
      scene.folder / "recording.ts", &scene.host, scene.folder.path(), kLook);
  auto const waiting = [&] { return relay.process().err().find("player") != std::string::npos; };
  wait_until(waiting, 10s);
  Time const start = os::now();
  auto arguments = scene.link_arguments();
  arguments.insert(arguments.end(), {"--latency", latency});
  Process rig(stream_command(relay, kRelayV4, &scene.rig, arguments), scene.folder.path());
  if (!wait_until([&] { return watch.figures().frames > 0; }, 30s)) {
    throw std::runtime_error("no picture: " + rig.err());
  }
  return watch.figures().first - start;
}

}  // namespace

nlohmann::json first_picture(int runs) {
  nlohmann::json result{{"runs", runs}};
  for (auto const* latency : {"2s", "500ms"}) {
    std::vector<Duration> times;
    times.reserve(static_cast<std::size_t>(runs));
    for (int i = 0; i < runs; ++i) times.push_back(measure(latency));
    std::sort(times.begin(), times.end());
    result[latency] = {{"median_ms", to_milliseconds(times[times.size() / 2])},
                       {"worst_ms", to_milliseconds(times.back())}};
  }
  return result;
}

}  // namespace aegis::bench
