#include "bench/table.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "bench/cell.hpp"
#include "sim/cases.hpp"
#include "sim/scenarios.hpp"

namespace aegis::bench {
namespace {

constexpr const char* kHelp = R"(aegis-bench table [OPTION VALUE]...
  --latency D,D,...   300ms,500ms,1s,2s
  --scenario NAME,... those whose names begin so; all
  --links L,L,...     one scenario of these links instead: rate:6M/delay:30ms,trace:FILE/delay:40ms
  --ends A,A,...      aegis/aegis, and with peers aegis/peer, peer/aegis, peer/peer; all there are
  --traces DIR        recorded traces ($AEGIS_TRACES, else ../shared/traces)
  --seconds N         of media for each probe (60; outages need 40)
  --seeds N           tries of each rate; all have to get through (1)
  --jobs N            cells at a time (half the processors)
  --json FILE         everything, for comparisons
  --quick             one scenario, one latency, one probe: does it work at all?
AEGIS_PEER_SRTLA_SEND and AEGIS_PEER_SRTLA_REC name peers' programs.
)";

struct Ends {
  std::string name;
  sim::RigKind rig;
  sim::RelayKind relay;
};

struct Options {
  std::vector<std::string> scenarios, ends;
  std::vector<Duration> latencies{300ms, 500ms, 1s, 2s};
  std::string links, traces = "../shared/traces", json;
  int seconds = 60, seeds = 1;
  int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2);
  bool quick = false;
};

Error wrong(const std::string& what) {
  return {ErrorKind::kUsage, what, "it is not known or has no value",
          "see aegis-bench table --help"};
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> list;
  for (std::string_view const each : emulator::split(text, ',')) list.emplace_back(each);
  return list;
}

Status set_number(const std::string& text, int& into) {
  auto const [rest, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (code != std::errc{} || *rest != '\0' || into < 1) return wrong(text);
  return success();
}

Status set_latencies(const std::string& text, std::vector<Duration>& into) {
  into.clear();
  for (const std::string& word : words(text)) {
    auto const latency = parse_duration(word);
    if (!latency) return latency.error();
    into.push_back(*latency);
  }
  return success();
}

Status set_option(Options& o, const std::string& name, const std::string& value) {
  using Set = std::function<Status()>;
  const std::map<std::string, Set> setters{
      {"--latency", [&] { return set_latencies(value, o.latencies); }},
      {"--scenario", [&] { return o.scenarios = words(value), success(); }},
      {"--links", [&] { return o.links = value, success(); }},
      {"--ends", [&] { return o.ends = words(value), success(); }},
      {"--traces", [&] { return o.traces = value, success(); }},
      {"--seconds", [&] { return set_number(value, o.seconds); }},
      {"--seeds", [&] { return set_number(value, o.seeds); }},
      {"--jobs", [&] { return set_number(value, o.jobs); }},
      {"--json", [&] { return o.json = value, success(); }}};
  auto const found = setters.find(name);
  return found == setters.end() ? Status(wrong(name)) : found->second();
}

Result<Options> parse(const std::vector<std::string>& arguments) {
  Options o;
  if (const char* const traces = std::getenv("AEGIS_TRACES")) o.traces = traces;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--quick") {
      o.quick = true;
      o.scenarios = {"steady-2"};
      o.latencies = {500ms};
      o.seconds = 4;
      continue;
    }
    if (i + 1 == arguments.size()) return wrong(arguments[i]);
    Status const status = set_option(o, arguments[i], arguments[i + 1]);
    if (!status) return status.error();
    ++i;
  }
  return o;
}

std::vector<Ends> available_ends(const std::vector<std::string>& chosen) {
  auto const named = [](const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
  };
  using sim::RelayKind, sim::RigKind;
  bool const sender = named("AEGIS_PEER_SRTLA_SEND"), receiver = named("AEGIS_PEER_SRTLA_REC");
  std::vector<Ends> all{{"aegis/aegis", RigKind::kAegis, RelayKind::kAegis}};
  if (receiver) all.push_back({"aegis/peer", RigKind::kAegis, RelayKind::kStock});
  if (sender) all.push_back({"peer/aegis", RigKind::kStock, RelayKind::kAegis});
  if (sender && receiver) all.push_back({"peer/peer", RigKind::kStock, RelayKind::kStock});
  if (chosen.empty()) return all;
  std::erase_if(all, [&](const Ends& ends) {
    return std::find(chosen.begin(), chosen.end(), ends.name) == chosen.end();
  });
  return all;
}

Result<std::vector<sim::Scenario>> scenarios_of(const Options& o) {
  if (o.links.empty()) {
    auto all = sim::rate_cases(o.traces);
    if (!all) return all;
    return sim::chosen_cases(std::move(all).value(), o.scenarios);
  }
  auto links = sim::parse_links(o.links, sim::trace_finder(o.traces, 1));
  if (!links) return links.error();
  sim::Scenario scenario;
  scenario.name = "links";
  scenario.links = std::move(links).value();
  return std::vector<sim::Scenario>{std::move(scenario)};
}

Result<std::vector<Cell>> cells_of(const Options& o) {
  auto const scenarios = scenarios_of(o);
  if (!scenarios) return scenarios.error();
  std::vector<Cell> cells;
  for (const sim::Scenario& scenario : *scenarios) {
    for (Duration const latency : o.latencies) {
      for (const Ends& ends : available_ends(o.ends)) {
        Cell cell{ends.name, scenario};
        cell.scenario.rig = ends.rig;
        cell.scenario.relay = ends.relay;
        cell.scenario.latency = latency;
        cell.scenario.length = std::chrono::seconds(o.seconds);
        cells.push_back(std::move(cell));
      }
    }
  }
  return cells;
}

// Wire, queue and CPU are those at 80 % of the oracle.
void print_head() {
  fmt::print("{:<16} {:<12} {:>7} {:>7} {:>7} {:>6} {:>6} {:>8} {:>6} {:>8} {:>7}\n", "links",
             "ends", "latency", "oracle", "rate", "ratio", "sim", "late p95", "wire", "queue",
             "CPU");
  fmt::print("{:<16} {:<12} {:>7} {:>7} {:>7} {:>6} {:>6} {:>8} {:>6} {:>8} {:>7}\n", "", "", "ms",
             "Mbit/s", "Mbit/s", "", "", "ms", "", "p95 ms", "us/pkt");
}

void print_row(const Cell& cell, const CellResult& r) {
  const ProbeResult& at_rate = r.rate_mbps > 0 ? r.at_rate : r.at_80;
  fmt::print(
      "{:<16} {:<12} {:>7.0f} {:>7.2f} {:>7.2f} {:>6.3f} {:>6.3f} {:>8.0f} {:>6.3f} {:>8.0f} "
      "{:>7.1f}{}\n",
      cell.scenario.name, cell.ends, to_milliseconds(cell.scenario.latency), r.oracle_mbps,
      r.rate_mbps, r.ratio, r.simulated_ratio, at_rate.excess_ms, r.at_80.wire, r.at_80.queue_ms,
      r.at_80.cpu_us, r.busy ? "  busy machine" : "");
  std::fflush(stdout);
}

nlohmann::json describe(const Cell& cell, const CellResult& r) {
  return {{"links", cell.scenario.name},
          {"ends", cell.ends},
          {"latency_ms", to_milliseconds(cell.scenario.latency)},
          {"seconds", to_seconds(cell.scenario.length)},
          {"oracle_mbps", r.oracle_mbps},
          {"rate_mbps", r.rate_mbps},
          {"ratio", r.ratio},
          {"simulated_ratio", r.simulated_ratio},
          {"at_rate", bench::describe(r.at_rate)},
          {"at_80_percent", bench::describe(r.at_80)},
          {"busy", r.busy},
          {"probes", r.probes}};
}

// Whether each cell has carried something.
bool run(const std::vector<Cell>& cells, const Options& o) {
  std::mutex mutex;
  std::size_t next = 0;
  std::vector<nlohmann::json> described(cells.size());
  bool filled = true;
  auto const work = [&] {
    std::unique_lock lock(mutex);
    while (next < cells.size()) {
      std::size_t const mine = next++;
      lock.unlock();
      CellResult const result =
          measure(cells[mine], {static_cast<std::uint64_t>(o.seeds), !o.quick});
      lock.lock();
      print_row(cells[mine], result);
      described[mine] = describe(cells[mine], result);
      filled = filled && result.at_80.received > 0;
      for (const auto& probe : result.probes)
        if (probe.contains("failed")) fmt::print("  {}\n", probe["failed"].get<std::string>());
      if (!o.json.empty()) std::ofstream(o.json) << nlohmann::json(described).dump(1) << "\n";
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(o.jobs));
  for (int i = 0; i < o.jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return filled;
}

}  // namespace

int table(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::cout << kHelp;
    return 0;
  }
  auto const options = parse(arguments);
  auto const cells = options ? cells_of(*options) : options.error();
  if (!cells) {
    auto const& error = cells.error();
    std::cerr << error.what << ": " << error.why << "\n" << error.hint << "\n";
    return 64;
  }
  print_head();
  return run(*cells, *options) ? 0 : 1;
}

}  // namespace aegis::bench
