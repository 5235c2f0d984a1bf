#include "bench/probe.hpp"

#include <atomic>
#include <cmath>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/peers.hpp"
#include "support/emulated_links.hpp"
#include "support/programs.hpp"
#include "support/relay_and_rig.hpp"
#include "support/temp_dir.hpp"
#include "support/ts_packet.hpp"
#include "support/wait.hpp"

namespace aegis::bench {
namespace {

using namespace aegis::test;

constexpr int kProxyPort = 9000, kSrtlaPort = 5000, kServerPort = 7000;
// A stock listener has to be told not to ask for what is only reordered.
constexpr int kLossMaxTtl = 40;
constexpr Duration kPlayerLatency = 200ms;
constexpr Duration kBeforeMedia = 500ms;

std::string in_ms(Duration duration) {
  return fmt::format("{}ms", std::llround(to_milliseconds(duration)));
}

int next_number() {
  static std::atomic<int> number{0};
  return number++;
}

// Share of the machine's time that was idle, since the construction.
class IdleShare {
 public:
  double now() const {
    auto const [idle, all] = read();
    return all > all_ ? (idle - idle_) / (all - all_) : 1;
  }

 private:
  static std::pair<double, double> read() {
    std::ifstream file("/proc/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream fields(line.substr(std::min<std::size_t>(3, line.size())));
    double idle = 0, all = 0, value = 0;
    for (int i = 0; fields >> value && i < 8; ++i) {
      all += value;
      if (i == 3 || i == 4) idle += value;  // idle, iowait
    }
    return {idle, all};
  }
  std::pair<double, double> start_ = read();
  double idle_ = start_.first, all_ = start_.second;
};

class Stage {
 public:
  Stage(const sim::Scenario& scenario, std::uint64_t seed);
  ProbeResult run();

 private:
  std::vector<LinkSpec> specs();
  std::vector<std::string> emulator_options(std::uint64_t seed) const;
  void start_relay();
  void start_rig();
  void start_source();
  ProbeResult account();
  void add_links(ProbeResult& result);
  bool stock_rig() const { return scenario_.rig == sim::RigKind::kStock; }
  bool stock_relay() const { return scenario_.relay == sim::RelayKind::kStock; }

  sim::Scenario scenario_;
  TempDir folder_;
  int number_ = next_number();
  NetNamespace rig_space_{fmt::format("rig{}", number_)};
  NetNamespace host_space_{fmt::format("relay{}", number_)};
  std::unique_ptr<EmulatedLinks> links_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<Process> peer_relay_, sink_, rig_, source_;
  double rig_cpu_ = 0;
  IdleShare idle_;
};

Stage::Stage(const sim::Scenario& scenario, std::uint64_t seed) : scenario_(scenario) {
  links_ = std::make_unique<EmulatedLinks>(rig_space_, host_space_, specs(), folder_.path(),
                                           emulator_options(seed));
  add_relay_addresses(host_space_);
  // Receivers that leave it to the kernel where they answer from are not heard otherwise.
  for (std::size_t i = 0; i < scenario_.links.size(); ++i)
    host_space_.ip(fmt::format("route replace 10.0.{}.0/24 dev m{} src {}", i + 1, i, kRelayV4));
}

std::vector<LinkSpec> Stage::specs() {
  std::vector<LinkSpec> specs;
  for (const sim::LinkPlan& plan : scenario_.links) {
    int const index = static_cast<int>(specs.size());
    std::string const trace = fmt::format("t{}", index);
    if (plan.up.trace) std::ofstream(folder_ / trace) << plan.up.trace->text();
    specs.push_back(rig_link(index, to_text(plan.up, trace), to_text(plan.down, trace)));
  }
  return specs;
}

std::vector<std::string> Stage::emulator_options(std::uint64_t seed) const {
  std::vector<std::string> options{"--seed", std::to_string(seed)};
  for (std::size_t i = 0; i < scenario_.links.size(); ++i) {
    if (!scenario_.links[i].up.trace) continue;
    options.insert(options.end(),
                   {"--trace", fmt::format("t{0}={1}/t{0}", i, folder_.path().string())});
  }
  return options;
}

void Stage::start_relay() {
  if (!stock_relay()) {
    Relay::Options options;
    options.where = &host_space_;
    relay_ = std::make_unique<Relay>(folder_ / "relay", options);
    sink_ = std::make_unique<Process>(
        sink_command(*relay_, "127.0.0.1", &host_space_,
                     {"--idle", "12h", "--wait", "60s", "--latency", in_ms(kPlayerLatency)}),
        folder_.path());
    return;
  }
  Command server{{ts_sink_program(), "--from", fmt::format("listen:127.0.0.1:{}", kServerPort),
                  "--latency", in_ms(scenario_.latency), "--loss-max-ttl",
                  std::to_string(kLossMaxTtl)}};
  server.where = &host_space_;
  sink_ = std::make_unique<Process>(std::move(server), folder_.path());
  wait_until([&] { return sink_->has_udp_port(kServerPort); }, 10s);
  auto const receiver = peer_receiver({kSrtlaPort, "127.0.0.1", kServerPort});
  if (!receiver) throw std::runtime_error("AEGIS_PEER_SRTLA_REC is not set");
  Command command{*receiver};
  command.name = "peer_relay";
  command.where = &host_space_;
  peer_relay_ = std::make_unique<Process>(std::move(command), folder_.path());
  if (!wait_until([&] { return peer_relay_->has_udp_port(kSrtlaPort); }, 10s))
    throw std::runtime_error("the peer's receiver does not listen: " + peer_relay_->err());
}

void Stage::start_rig() {
  Command command{{aegis_program(), "stream", "--proxy", fmt::format("127.0.0.1:{}", kProxyPort),
                   "--relay", fmt::format("{}:{}", kRelayV4, kSrtlaPort)}};
  for (std::size_t i = 0; i < scenario_.links.size(); ++i) {
    command.argv.push_back("--link");
    command.argv.push_back(fmt::format("m{}", i));
  }
  if (stock_rig()) {
    auto const addresses = folder_ / "addresses";
    std::ofstream file(addresses);
    for (std::size_t i = 0; i < scenario_.links.size(); ++i)
      file << fmt::format("10.0.{}.2\n", i + 1);
    file.close();
    auto const sender = peer_sender({kProxyPort, kRelayV4, kSrtlaPort, addresses.string()});
    if (!sender) throw std::runtime_error("AEGIS_PEER_SRTLA_SEND is not set");
    command.argv = *sender;
  }
  command.name = "rig";
  command.where = &rig_space_;
  rig_ = std::make_unique<Process>(std::move(command), folder_.path());
  if (!wait_until([&] { return rig_->has_udp_port(kProxyPort); }, 10s))
    throw std::runtime_error("the rig does not listen: " + rig_->err());
  // Some stock senders register one link after the other, a second each.
  std::this_thread::sleep_for(stock_rig() ? 5s : 1s);
}

void Stage::start_source() {
  Command command{{ts_source_program(), "--rate",
                   fmt::format("{}k", static_cast<double>(scenario_.rate.bits_per_second()) / 1e3),
                   "--for", in_ms(scenario_.length), "--latency", in_ms(scenario_.latency),
                   "--delay", in_ms(kBeforeMedia), "--wait", "30s", "--to",
                   fmt::format("srt:127.0.0.1:{}", kProxyPort)}};
  if (relay_) command.argv.insert(command.argv.end(), {"--key", relay_->key_file().string()});
  command.where = &rig_space_;
  source_ = std::make_unique<Process>(std::move(command), folder_.path());
  auto const connected = [&] { return source_->err().find("connected") != std::string::npos; };
  if (!wait_until([&] { return connected() || !source_->running(); }, 40s) || !connected())
    throw std::runtime_error("no SRT connection: " + source_->err() + rig_->err());
  std::this_thread::sleep_for(kBeforeMedia - 20ms);
  links_->command("restart");
  rig_cpu_ = rig_->cpu_seconds();
  idle_ = {};
}

ProbeResult Stage::run() {
  start_relay();
  start_rig();
  start_source();
  if (!source_->wait(scenario_.length + scenario_.latency + 60s)) source_->stop();
  std::this_thread::sleep_for(kPlayerLatency + 300ms);
  return account();
}

ProbeResult Stage::account() {
  ProbeResult result;
  result.idle = idle_.now();
  result.cpu_us = (rig_->cpu_seconds() - rig_cpu_) * 1e6;
  add_links(result);
  sink_->stop();
  if (sink_->out().empty()) throw std::runtime_error("no player's account: " + sink_->err());
  auto const sent = account_of(source_->err()), got = account_of(sink_->out());
  double const due = to_seconds(scenario_.length) *
                     static_cast<double>(scenario_.rate.bits_per_second()) / (8 * kTsPacket);
  // A connection that breaks ends the source early: what it would have sent is missing, too.
  result.made = std::max(sent.at("sent").get<std::uint64_t>(), static_cast<std::uint64_t>(due));
  result.received = got.at("received").get<std::uint64_t>();
  auto const made = static_cast<double>(result.made),
             received = static_cast<double>(result.received);
  result.missing = 1 - std::min(1.0, received / made);
  result.excess_ms = got.at("latency_ms").at("p95").get<double>() -
                     to_milliseconds(scenario_.latency + (relay_ ? kPlayerLatency : 0ms));
  result.wire /= made * kTsPacket;
  result.cpu_us /= made / kTsPerDatagram;
  result.gaps = nlohmann::json::array();
  for (const auto& gap : got.at("gaps"))
    result.gaps.push_back(
        {{"at_s", gap[0].get<double>() * to_seconds(scenario_.length) / due}, {"packets", gap[1]}});
  result.source_late_ms = sent.at("late_max_ms").get<double>();
  return result;
}

// Before the division by the payload.
void Stage::add_links(ProbeResult& result) {
  result.links = nlohmann::json::array();
  double all = 0;
  auto const stats = links_->stats()["links"];
  for (const auto& link : stats) all += link["up"]["packets_in"].get<double>();
  for (const auto& link : stats) {
    const auto& up = link["up"];
    // What a full queue has lost is not the link's doing.
    result.wire += up["bytes_out"].get<double>() + up["bytes_lost_queue"].get<double>();
    if (up["packets_waited"].get<double>() > 0.01 * all)
      result.queue_ms = std::max(result.queue_ms, up["caused_ms"]["p95"].get<double>());
    result.links.push_back({{"packets", up["packets_in"]},
                            {"lost", up["lost"]},
                            {"queueing_ms", up["queueing_ms"]},
                            {"caused_ms", up["caused_ms"]}});
  }
}

}  // namespace

nlohmann::json describe(const ProbeResult& r) {
  return {{"made", r.made},
          {"received", r.received},
          {"missing", r.missing},
          {"excess_ms_p95", r.excess_ms},
          {"wire_by_payload", r.wire},
          {"queue_caused_ms_p95", r.queue_ms},
          {"rig_cpu_us_per_packet", r.cpu_us},
          {"source_late_ms", r.source_late_ms},
          {"machine_idle", r.idle},
          {"gaps", r.gaps},
          {"links", r.links}};
}

ProbeResult run_probe(const sim::Scenario& scenario, std::uint64_t seed) {
  return Stage(scenario, seed).run();
}

}  // namespace aegis::bench
