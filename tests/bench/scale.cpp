// How many streams one relay carries, and what each of them costs.
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "bench/figures.hpp"
#include "bench/peers.hpp"
#include "support/process.hpp"
#include "support/process_group.hpp"
#include "support/programs.hpp"
#include "support/relay_and_rig.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace aegis::bench {
namespace {

using namespace aegis::test;

constexpr const char* kRate = "4M";
constexpr int kMostStreams = 200;
// With as many groups idle beside them.
constexpr int kStreamsBesideIdle = 10;

struct Chain {
  std::unique_ptr<Relay> aegis;
  std::unique_ptr<Process> peer;
  RelayPorts ports = RelayPorts::free();
  std::filesystem::path ids;

  int group() { return aegis ? aegis->process().pid() : peer->pid(); }
};

// Streams in the relay's state file before it starts, and what their ends have to say.
std::filesystem::path make_streams(const std::filesystem::path& folder, int streams) {
  auto const ids = folder / "ids";
  std::ofstream file(ids);
  for (int i = 0; i < streams; ++i) {
    Command pair{{aegis_program(), "pair", "new", fmt::format("load{}", i), "--stock", "--json",
                  "--host", "127.0.0.1", "--state", (folder / "state.toml").string()}};
    Outcome const outcome = run(std::move(pair), folder);
    if (outcome.code != 0) throw std::runtime_error("aegis pair new: " + outcome.err);
    auto const key = nlohmann::json::parse(outcome.out);
    file << key.at("publish").at("streamid").get<std::string>() << ' '
         << key.at("play").at("streamid").get<std::string>() << '\n';
  }
  return ids;
}

Chain start_aegis(const std::filesystem::path& folder, int streams) {
  Chain chain;
  chain.ids = make_streams(folder, streams);
  Relay::Options options;
  options.ports = chain.ports;
  chain.aegis = std::make_unique<Relay>(folder, std::move(options));
  return chain;
}

// None when the environment names no chain.
std::optional<Chain> start_peer(const std::filesystem::path& folder) {
  Chain chain;
  auto const peer = peer_relay({chain.ports.srtla, chain.ports.play});
  if (!peer) return std::nullopt;
  chain.ids = peer->ids;
  chain.peer = std::make_unique<Process>(Command{peer->command, "peer"}, folder);
  bool const up = wait_until(
      [&] {
        return chain.peer->has_udp_port(chain.ports.srtla) &&
               chain.peer->has_udp_port(chain.ports.play);
      },
      10s);
  if (!up) throw std::runtime_error("the peer does not listen: " + chain.peer->err());
  return chain;
}

nlohmann::json load(Chain& chain, const std::filesystem::path& folder, int streams, int idle_groups,
                    Duration length) {
  Command command{
      {AEGIS_BUILT_LOAD, "--srtla", fmt::format("127.0.0.1:{}", chain.ports.srtla), "--play",
       fmt::format("127.0.0.1:{}", chain.ports.play), "--ids", chain.ids.string(), "--streams",
       std::to_string(streams), "--idle-groups", std::to_string(idle_groups), "--rate", kRate,
       "--for", fmt::format("{}s", length / 1s), "--watch-group", std::to_string(chain.group())}};
  command.name = "load";
  Process process(std::move(command), folder);
  if (process.wait(length + 90s) != 0) throw std::runtime_error("no load: " + process.err());
  auto account = account_of(process.out());
  if (streams > 0) {
    account["relay_cpu_ms_per_stream_s"] = account.at("relay_cpu_ms_per_s").get<double>() / streams;
    account["load_cpu_ms_per_stream_s"] = account.at("load_cpu_ms_per_s").get<double>() / streams;
  }
  return account;
}

bool nothing_lost(const nlohmann::json& account) {
  return account.at("complete").get<bool>() && account.at("datagrams_missing") == 0;
}

nlohmann::json aegis_with(int streams, int idle_groups, Duration length) {
  TempDir folder;
  Chain chain = start_aegis(folder.path(), streams);
  auto const before = use_of_group(chain.group()).resident_kb;
  auto account = load(chain, folder.path(), streams, idle_groups, length);
  if (streams > 0)
    account["relay_kb_per_stream"] =
        (account.at("relay_resident_kb").get<double>() - static_cast<double>(before)) / streams;
  return account;
}

nlohmann::json peer_with(int streams, Duration length) {
  TempDir folder;
  auto chain = start_peer(folder.path());
  return chain ? load(*chain, folder.path(), streams, 0, length) : nlohmann::json();
}

}  // namespace

nlohmann::json scale(Duration length) {
  nlohmann::json result;
  for (int const streams : {1, 5, 10}) {
    auto const name = std::to_string(streams);
    result["aegis"][name] = aegis_with(streams, 0, length);
    result["peer"][name] = peer_with(streams, length);
  }
  for (int const streams : {30, 60, 90, 120, 150, kMostStreams}) {
    auto const account = aegis_with(streams, 0, length);
    result["aegis"][std::to_string(streams)] = account;
    if (!nothing_lost(account)) break;
    result["most_streams_without_loss"] = streams;
  }
  return result;
}

nlohmann::json idle(Duration length) {
  nlohmann::json result;
  result["nothing"] = aegis_with(0, 0, length);
  for (int const groups : {1, 100, 1000, 5000})
    result["groups"][std::to_string(groups)] = aegis_with(kStreamsBesideIdle, groups, length);
  return result;
}

}  // namespace aegis::bench
