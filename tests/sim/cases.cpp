#include "sim/cases.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "sim/scenarios.hpp"

namespace aegis::sim {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name, links;
};

const std::string kSteady = "rate:6M/delay:30ms,rate:4M/delay:60ms";
const std::string kGenerated = "trace:lte@5M/delay:30ms,trace:lte@3M/delay:50ms";
// Answers nothing from the start; answers until it swallows everything.
const std::string kDead = ",rate:5M/delay:40ms/loss:100%";
const std::string kBlackHole = ",rate:5M/delay:40ms/outage:10s:1h";

std::vector<Case> made_up_cases() {
  return {
      {"steady-2", kSteady},
      {"steady-3", kSteady + ",rate:2M/delay:90ms"},
      {"steady-4", kSteady + ",rate:2M/delay:90ms,rate:1M/delay:120ms"},
      {"lossy-2", "rate:6M/delay:30ms/loss:1%,rate:4M/delay:60ms/loss:5%"},
      {"bursty-2", "rate:6M/delay:30ms/burst:0.5%:20%,rate:4M/delay:60ms/burst:0.2%:10%"},
      {"jittery-2", "rate:6M/delay:30ms/jitter:10ms:normal,rate:4M/delay:60ms/jitter:20ms:normal"},
      {"outages-2",
       "rate:6M/delay:30ms/outage:8s:2s/outage:24s:6s,rate:4M/delay:60ms/outage:16s:3s"},
      {"generated-2", kGenerated},
      {"generated-3", kGenerated + ",trace:lte@2M/delay:80ms"},
      {"generated-4", kGenerated + ",trace:lte@2M/delay:80ms,trace:lte@1M/delay:40ms"},
      {"dead-2+1", kSteady + kDead},
      {"hole-2+1", kSteady + kBlackHole},
  };
}

struct Recorded {
  std::string name;
  BitRate mean;
};

// The fastest first.
std::vector<Recorded> recorded_traces(const std::string& folder, const emulator::FindTrace& find) {
  std::vector<Recorded> found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    std::string const name = entry.path().filename();
    if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;
    if (auto const trace = find(name)) found.push_back({name, trace->mean_rate()});
  }
  auto const down = [](const Recorded& each) { return !each.name.ends_with(".up"); };
  if (!std::all_of(found.begin(), found.end(), down)) std::erase_if(found, down);
  std::sort(found.begin(), found.end(), [](const Recorded& a, const Recorded& b) {
    return a.mean != b.mean ? a.mean > b.mean : a.name < b.name;
  });
  return found;
}

std::vector<Case> recorded_cases(const std::vector<Recorded>& traces) {
  constexpr std::array<int, 4> kDelaysMs{30, 50, 40, 70};
  std::vector<Case> cases;
  std::string links;
  for (std::size_t i = 0; i < std::min(traces.size(), kDelaysMs.size()); ++i) {
    links += fmt::format("{}trace:{}/delay:{}ms", i == 0 ? "" : ",", traces[i].name, kDelaysMs[i]);
    if (i > 0) cases.push_back({fmt::format("recorded-{}", i + 1), links});
  }
  if (cases.empty()) return cases;
  std::string const two = cases.front().links;
  cases.push_back({"recorded-2+dead", two + kDead});
  cases.push_back({"recorded-2+hole", two + kBlackHole});
  return cases;
}

}  // namespace

Result<std::vector<Scenario>> rate_cases(const std::string& traces) {
  constexpr std::uint64_t kSeed = 1;
  auto const find = trace_finder(traces, kSeed);
  std::vector<Case> cases = made_up_cases();
  for (Case& each : recorded_cases(recorded_traces(traces, find))) cases.push_back(std::move(each));
  std::vector<Scenario> scenarios;
  for (const Case& each : cases) {
    auto links = parse_links(each.links, find);
    if (!links) return links.error();
    Scenario scenario;
    scenario.name = each.name;
    scenario.links = std::move(links).value();
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

Result<std::vector<Scenario>> chosen_cases(std::vector<Scenario> all,
                                           const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<Scenario> chosen;
  for (const std::string& name : names) {
    std::size_t const before = chosen.size();
    for (const Scenario& each : all)
      if (each.name.starts_with(name)) chosen.push_back(each);
    if (chosen.size() > before) continue;
    std::vector<std::string> known;
    for (const Scenario& each : all) known.push_back(each.name);
    return Error{ErrorKind::kUsage, fmt::format("scenario '{}'", name),
                 "there is none of that name", fmt::format("one of: {}", fmt::join(known, ", "))};
  }
  return chosen;
}

}  // namespace aegis::sim
