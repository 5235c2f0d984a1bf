#include "sim/scenarios.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include "sim/generated_trace.hpp"
#include "sim/rng.hpp"

namespace aegis::sim {
namespace {

using emulator::OutageKind;
using emulator::Profile;

constexpr Duration kModemQueue = 2s;

struct Named {
  std::string_view name;
  std::function<Scenario()> make;
};

LinkPlan lte_link(BitRate mean, Duration delay, std::uint64_t seed) {
  Profile profile;
  profile.trace = generate_trace({.mean = mean}, seed);
  profile.delay = delay;
  profile.queue.time = kModemQueue;
  return symmetric_link(profile);
}

Scenario dark(std::size_t link) {
  Scenario scenario = two_links(BitRate::megabits(3));
  darken(scenario.links[link], 20s, 10s);
  return scenario;
}

Scenario generated_lte() {
  Scenario scenario;
  scenario.rate = BitRate::megabits(5);
  scenario.links = {lte_link(BitRate::megabits(5), 30ms, 1),
                    lte_link(BitRate::megabits(3), 50ms, 2),
                    lte_link(BitRate::megabits(2), 80ms, 3)};
  return scenario;
}

Scenario lossy() {
  Scenario scenario = two_links(BitRate::megabits(7));
  for (LinkPlan& link : scenario.links) link.up.loss = 0.05;
  return scenario;
}

Scenario bursty() {
  Scenario scenario = two_links(BitRate::megabits(7));
  for (LinkPlan& link : scenario.links) link.up.burst_loss = emulator::GilbertElliott{0.005, 0.2};
  return scenario;
}

Scenario jittery() {
  Scenario scenario = two_links(BitRate::megabits(7));
  for (LinkPlan& link : scenario.links) link.up.jitter = {20ms, true, false};
  return scenario;
}

Scenario dead_link() {
  Scenario scenario = two_links(BitRate::megabits(8));
  scenario.links.push_back(steady_link(BitRate::megabits(5), 40ms, 1.0));
  return scenario;
}

// A link that answers for a while, then swallows everything.
Scenario black_hole() {
  Scenario scenario = two_links(BitRate::megabits(8));
  scenario.links.push_back(steady_link(BitRate::megabits(5), 40ms, 0));
  darken(scenario.links.back(), 10s, 1h);
  return scenario;
}

Scenario hotplug() {
  Scenario scenario = two_links(BitRate::megabits(3));
  scenario.changes = {{15s, Change::Kind::kRemoveLink, 0, {}},
                      {25s, Change::Kind::kAddLink, 0, {}},
                      {35s, Change::Kind::kRemoveLink, 1, {}},
                      {45s, Change::Kind::kAddLink, 1, {}}};
  return scenario;
}

Scenario wrap() {
  Scenario scenario = two_links(BitRate::megabits(4));
  scenario.first_sequence = SeqNo(0x7fffffff - 5000);
  return scenario;
}

Scenario encoder_restart() {
  Scenario scenario = two_links(BitRate::megabits(4));
  scenario.first_sequence = SeqNo(1'500'000'000);
  scenario.changes = {{30s, Change::Kind::kRestartSrt, 0, SeqNo(1000)}};
  return scenario;
}

Scenario relay_restart() {
  Scenario scenario = two_links(BitRate::megabits(4));
  scenario.changes = {{30s, Change::Kind::kRestartRelay, 0, {}}};
  return scenario;
}

const std::array<Named, 13> kScenarios{
    {{"two-links", [] { return two_links(BitRate::megabits(8)); }},
     {"dark-first", [] { return dark(0); }},
     {"dark-second", [] { return dark(1); }},
     {"lte", generated_lte},
     {"lossy", lossy},
     {"bursty", bursty},
     {"jittery", jittery},
     {"dead-link", dead_link},
     {"black-hole", black_hole},
     {"hotplug", hotplug},
     {"wrap", wrap},
     {"encoder-restart", encoder_restart},
     {"relay-restart", relay_restart}}};

// The chance that one more event follows, so that longer worlds see proportionally more of them.
double another(double in_two_minutes, Duration length) {
  return 1 - (1 - in_two_minutes) / std::max(1.0, to_seconds(length) / 120);
}

LinkPlan random_link(Rng& rng, Duration length) {
  Profile up;
  auto const rate = BitRate::megabits(rng.between(0.5, 12));
  if (rng.chance(0.4)) {
    up.trace =
        generate_trace({.mean = rate, .length = std::min<Duration>(length, 120s)}, rng.next());
  } else {
    up.rate = rate;
  }
  up.delay = std::chrono::milliseconds(2 + rng.below(150));
  up.queue.time = std::chrono::milliseconds(50 + rng.below(2000));
  if (rng.chance(0.6)) up.loss = rng.between(0, 0.05);
  if (rng.chance(0.3)) up.burst_loss = emulator::GilbertElliott{0.002, rng.between(0.05, 0.5)};
  if (rng.chance(0.4))
    up.jitter = {std::chrono::milliseconds(rng.below(30)), true, rng.chance(0.3)};
  if (rng.chance(0.1)) up.duplicate = 0.01;
  if (rng.chance(0.1)) up.reorder = 0.01;
  LinkPlan plan = symmetric_link(up);
  double at = 0;
  while (rng.chance(another(0.6, length))) {
    at += rng.between(2, 30);
    double const lasts = rng.between(0.1, 12);
    if (at + lasts > to_seconds(length)) break;
    darken(plan, Duration(static_cast<std::int64_t>(at * 1e6)),
           Duration(static_cast<std::int64_t>(lasts * 1e6)),
           rng.chance(0.5) ? OutageKind::kDrop : OutageKind::kHold);
    at += lasts;
  }
  return plan;
}

double mean_megabits(const LinkPlan& plan) {
  return (plan.up.trace ? plan.up.trace->mean_rate() : *plan.up.rate).megabits_per_second();
}

std::vector<Change> random_changes(Rng& rng, std::size_t links, Duration length) {
  std::vector<Change> changes;
  auto const instant = [&] {
    return Duration(static_cast<std::int64_t>(rng.between(1, to_seconds(length)) * 1e6));
  };
  while (rng.chance(another(0.5, length))) {
    auto const link = rng.below(static_cast<std::uint32_t>(links));
    Duration const at = instant();
    changes.push_back({at, Change::Kind::kRemoveLink, link, {}});
    changes.push_back(
        {at + std::chrono::milliseconds(1 + rng.below(20'000)), Change::Kind::kAddLink, link, {}});
  }
  if (rng.chance(0.2))
    changes.push_back({instant(), Change::Kind::kRestartSrt, 0, SeqNo(rng.below(0x7fffffff))});
  if (rng.chance(0.1)) changes.push_back({instant(), Change::Kind::kRestartRelay, 0, {}});
  return changes;
}

}  // namespace

LinkPlan symmetric_link(const Profile& up) {
  LinkPlan plan{up, up};
  plan.down.trace.reset();
  plan.down.rate = BitRate::megabits(20);
  if (!plan.up.queue.time && !plan.up.queue.bytes) plan.up.queue.time = kModemQueue;
  return plan;
}

LinkPlan steady_link(BitRate rate, Duration delay, double loss) {
  Profile profile;
  profile.rate = rate;
  profile.delay = delay;
  profile.loss = loss;
  return symmetric_link(profile);
}

void darken(LinkPlan& link, Duration start, Duration length, OutageKind kind) {
  link.up.outages.push_back({start, length, kind});
  link.down.outages.push_back({start, length, kind});
}

Scenario two_links(BitRate rate) {
  Scenario scenario;
  scenario.rate = rate;
  scenario.links = {steady_link(BitRate::megabits(6), 30ms, 0.001),
                    steady_link(BitRate::megabits(4), 60ms, 0.005)};
  return scenario;
}

std::vector<std::string_view> scenario_names() {
  std::vector<std::string_view> names;
  names.reserve(kScenarios.size());
  for (const Named& each : kScenarios) names.push_back(each.name);
  return names;
}

Result<Scenario> named_scenario(std::string_view name) {
  for (auto const& [prefix, make] : {std::pair{std::string_view("random:"), &random_scenario},
                                     std::pair{std::string_view("spare:"), &spare_scenario}}) {
    if (!name.starts_with(prefix)) continue;
    std::uint64_t seed = 0;
    auto const digits = name.substr(prefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    return make(seed, 120s);
  }
  for (const Named& each : kScenarios) {
    if (each.name != name) continue;
    Scenario scenario = each.make();
    scenario.name = name;
    return scenario;
  }
  return Error{
      ErrorKind::kUsage, fmt::format("scenario '{}'", name), "there is none of that name",
      fmt::format("one of: {}, random:SEED, spare:SEED", fmt::join(scenario_names(), ", "))};
}

emulator::FindTrace trace_finder(const std::string& directory, std::uint64_t seed) {
  return [directory, seed](std::string_view name) -> std::shared_ptr<const emulator::Trace> {
    constexpr std::string_view kGenerated = "lte@";
    if (name.starts_with(kGenerated)) {
      auto const rate = parse_bit_rate(name.substr(kGenerated.size()));
      if (!rate) return nullptr;
      return generate_trace({.mean = *rate}, seed ^ std::hash<std::string_view>()(name));
    }
    std::ifstream file(directory + "/" + std::string(name));
    std::string const text(std::istreambuf_iterator<char>(file), {});
    auto trace = emulator::Trace::parse(text);
    if (!trace) return nullptr;
    return std::make_shared<const emulator::Trace>(std::move(trace).value());
  };
}

Result<std::vector<LinkPlan>> parse_links(std::string_view text, const emulator::FindTrace& find) {
  std::vector<LinkPlan> links;
  for (std::string_view part : emulator::split(text, ',')) {
    auto profile = emulator::parse_profile(part, find);
    if (!profile) return profile.error();
    links.push_back(symmetric_link(*profile));
  }
  return links;
}

Scenario random_scenario(std::uint64_t seed, Duration length) {
  Rng rng(seed ^ 0x5ce9a810);
  Scenario scenario;
  scenario.name = fmt::format("random {}", seed);
  scenario.length = length;
  double capacity = 0;
  auto const count = 1 + rng.below(4);
  for (std::uint32_t i = 0; i < count; ++i) {
    scenario.links.push_back(random_link(rng, length));
    capacity += mean_megabits(scenario.links.back());
  }
  scenario.rate = BitRate::megabits(std::max(0.2, capacity * rng.between(0.1, 1.1)));
  constexpr std::array<Duration, 4> kLatencies{300ms, 500ms, 1s, 2s};
  scenario.latency = kLatencies[rng.below(4)];
  if (rng.chance(0.5)) scenario.frame = 33ms;
  if (rng.chance(0.2)) scenario.first_sequence = SeqNo(0x7fffffff - rng.below(20'000));
  scenario.changes = random_changes(rng, scenario.links.size(), length);
  scenario.paired = rng.chance(0.4);
  return scenario;
}

Scenario spare_scenario(std::uint64_t seed, Duration length) {
  constexpr Duration kBetween = 4s;
  Rng rng(seed ^ 0x2f0b117d);
  Scenario scenario;
  scenario.name = fmt::format("spare {}", seed);
  scenario.length = length;
  scenario.rate = BitRate::megabits(rng.between(0.5, 8));
  constexpr std::array<Duration, 3> kLatencies{500ms, 1s, 2s};
  scenario.latency = kLatencies[rng.below(3)];
  if (rng.chance(0.7)) scenario.frame = 33ms;
  for (int i = 0; i < 2; ++i)
    scenario.links.push_back(steady_link(scenario.rate.scaled(rng.between(1.3, 3)),
                                         std::chrono::milliseconds(10 + rng.below(60)),
                                         rng.chance(0.5) ? rng.between(0, 0.01) : 0));
  for (Duration at = 6s; at < length;) {
    Duration const lasts = std::chrono::milliseconds(100 + rng.below(12'000));
    darken(scenario.links[rng.below(2)], at, lasts,
           rng.chance(0.5) ? OutageKind::kDrop : OutageKind::kHold);
    at += lasts + kBetween + std::chrono::milliseconds(rng.below(8'000));
  }
  if (rng.chance(0.6)) scenario.links.push_back(random_link(rng, length));
  return scenario;
}

}  // namespace aegis::sim
