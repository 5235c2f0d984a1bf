#include <fstream>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/figures.hpp"
#include "bench/peers.hpp"
#include "netns/scene.hpp"
#include "support/programs.hpp"
#include "support/wait.hpp"

namespace aegis::bench {
namespace {

using namespace aegis::test;

constexpr int kProxyPort = 9000;

struct Used {
  double sender = 0, relay = 0;  // CPU seconds per minute of stream
  nlohmann::json account;        // of the player
};

// An SRT encoder publishes through `sender`, which bonds its packets to the relay.
Used measure(Scene& scene, Command sender, Duration length) {
  Relay relay(scene.folder / "relay", scene.in_host());
  Process sink(sink_command(relay, "127.0.0.1", &scene.host), scene.folder.path());
  sender.where = &scene.rig;
  Process bonding(std::move(sender), scene.folder.path());
  if (!wait_until([&] { return bonding.has_udp_port(kProxyPort); }, 10s)) {
    throw std::runtime_error("the sender does not listen: " + bonding.err());
  }
  Command encoder{{ts_source_program(), "--rate", "8M", "--for", fmt::format("{}s", length / 1s),
                   "--to", fmt::format("srt:127.0.0.1:{}", kProxyPort), "--key",
                   relay.key_file().string()}};
  encoder.where = &scene.rig;
  double const sender_before = bonding.cpu_seconds(), relay_before = relay.process().cpu_seconds();
  Process source(std::move(encoder), scene.folder.path());
  if (source.wait(length + 30s) != 0) throw std::runtime_error("no stream: " + source.err());
  double const minutes = to_seconds(length) / 60;
  Used used{(bonding.cpu_seconds() - sender_before) / minutes,
            (relay.process().cpu_seconds() - relay_before) / minutes,
            {}};
  sink.stop();
  used.account = account_of(sink.out());
  return used;
}

nlohmann::json describe(const Used& used) {
  return {{"sender_cpu_s_per_min", used.sender},
          {"relay_cpu_s_per_min", used.relay},
          {"ts_packets_lost", used.account.at("lost")},
          {"ts_packets_received", used.account.at("received")}};
}

Used measure_aegis(Duration length) {
  Scene scene;
  Command proxy{{aegis_program(), "stream", "--proxy", fmt::format("127.0.0.1:{}", kProxyPort),
                 "--relay", fmt::format("{}:5000", kRelayV4), "--link", "m0", "--link", "m1"}};
  proxy.name = "proxy";
  return measure(scene, std::move(proxy), length);
}

// None when the environment names no peer.
std::optional<Used> measure_peer(Duration length) {
  Scene scene;
  auto const addresses = scene.folder / "addresses";
  std::ofstream(addresses) << "10.0.1.2\n10.0.2.2\n";
  auto const command = peer_sender({kProxyPort, kRelayV4, 5000, addresses.string()});
  if (!command) return std::nullopt;
  return measure(scene, {*command, "peer"}, length);
}

}  // namespace

nlohmann::json processor_time(Duration length) {
  nlohmann::json result{{"aegis", describe(measure_aegis(length))}};
  if (auto const peer = measure_peer(length)) result["peer"] = describe(*peer);
  return result;
}

}  // namespace aegis::bench
