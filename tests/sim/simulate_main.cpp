// aegis-simulate: runs one scenario, or looks for the highest rate that gets through. Not
// installed.
#include <charconv>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "sim/cases.hpp"
#include "sim/oracle.hpp"
#include "sim/report.hpp"
#include "sim/scenarios.hpp"
#include "sim/search.hpp"
#include "sim/survey.hpp"

namespace aegis::sim {
namespace {

constexpr const char* kHelp =
    R"(aegis-simulate [NAME|random|spare|random:SEED|spare:SEED] [OPTION VALUE]...
  random, spare: another world for each seed, and one report of all (--json: and each one's)
  --links L,L,...     links instead of the scenario's: rate:6M/delay:30ms/loss:0.1%/queue:2s,...
                      or trace:FILE/delay:40ms, trace:lte@4M/delay:40ms (generated)
  --traces DIR        where trace files are (default .)
  --rate R            of MPEG-TS          --latency D         --length D
  --seed N            first seed          --seeds N           so many seeds, one report each
  --adaptive R        an encoder that follows the bond, up to R
  --rig KIND          aegis, stock        --relay KIND        aegis, stock, stock-last-nak
  --loss-max-ttl N    of the SRT listener --frame D           media in bursts, one each D
  --paired yes        they prove themselves to each other
  --check-every N     look at invariants after so many steps
  --find-rate         bisect the highest rate with at most 0.1 % not played
  --table [NAME,...]  that for each case of the benchmark (those whose names begin so), at 300 ms,
                      500 ms, 1 s and 2 s unless --latency says another
  --json              one line of JSON for each report
)";

struct Options {
  Scenario scenario;
  std::string links, traces = ".";
  std::uint64_t seed = 1, seeds = 1;
  std::vector<std::string> cases;
  Scenario (*survey)(std::uint64_t seed, Duration length) = nullptr;
  bool find = false, table = false, json = false, latency_given = false;
};

Error bad_value(std::string_view option, std::string_view value) {
  return {ErrorKind::kUsage, fmt::format("{} {}", option, value), "the value is not known",
          "see --help"};
}

template <typename Number>
Status number(std::string_view option, std::string_view text, Number& into) {
  auto const [rest, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (code != std::errc() || rest != text.data() + text.size()) return bad_value(option, text);
  return success();
}

template <typename T>
Status store(Result<T> parsed, T& into) {
  if (!parsed) return parsed.error();
  into = *parsed;
  return success();
}

template <typename T>
Status store_some(Result<T> parsed, std::optional<T>& into) {
  return store(std::move(parsed), into.emplace());
}

template <typename T>
Status choose(std::string_view option, std::string_view text,
              const std::map<std::string_view, T>& choices, T& into) {
  auto const found = choices.find(text);
  if (found == choices.end()) return bad_value(option, text);
  into = found->second;
  return success();
}

Status set_option(Options& o, std::string_view name, std::string_view value) {
  using Setter = std::function<Status()>;
  Scenario& s = o.scenario;
  const std::map<std::string_view, Setter> setters{
      {"--links", [&] { return o.links = value, success(); }},
      {"--traces", [&] { return o.traces = value, success(); }},
      {"--rate", [&] { return store(parse_bit_rate(value), s.rate); }},
      {"--latency",
       [&] { return o.latency_given = true, store(parse_duration(value), s.latency); }},
      {"--length", [&] { return store(parse_duration(value), s.length); }},
      {"--adaptive", [&] { return store_some(parse_bit_rate(value), s.adaptive); }},
      {"--frame", [&] { return store(parse_duration(value), s.frame); }},
      {"--seed", [&] { return number(name, value, o.seed); }},
      {"--seeds", [&] { return number(name, value, o.seeds); }},
      {"--loss-max-ttl", [&] { return number(name, value, s.loss_max_ttl); }},
      {"--paired",
       [&] {
         return choose<bool>(name, value, {{"yes", true}, {"no", false}}, s.paired);
       }},
      {"--check-every", [&] { return number(name, value, s.check_every); }},
      {"--rig",
       [&] {
         return choose<RigKind>(name, value,
                                {{"aegis", RigKind::kAegis}, {"stock", RigKind::kStock}}, s.rig);
       }},
      {"--relay", [&] {
         return choose<RelayKind>(name, value,
                                  {{"aegis", RelayKind::kAegis},
                                   {"stock", RelayKind::kStock},
                                   {"stock-last-nak", RelayKind::kStockLastNak}},
                                  s.relay);
       }}};
  auto const found = setters.find(name);
  if (found == setters.end()) return bad_value(name, value);
  return found->second();
}

Result<Options> parse_options(int argc, char** argv) {
  Options o;
  std::string_view name = "two-links";
  int at = 1;
  if (at < argc && argv[at][0] != '-') name = argv[at++];
  if (name == "random") o.survey = random_scenario;
  if (name == "spare") o.survey = spare_scenario;
  auto scenario = named_scenario(o.survey != nullptr ? "random:1" : name);
  if (!scenario) return scenario.error();
  o.scenario = *scenario;
  o.scenario.check_every = o.survey != nullptr ? 1 : 16;
  for (; at < argc; ++at) {
    std::string_view const option = argv[at];
    if (option == "--table") {
      o.table = true;
      if (at + 1 < argc && argv[at + 1][0] != '-')
        for (std::string_view const each : emulator::split(argv[++at], ','))
          o.cases.emplace_back(each);
    } else if (option == "--find-rate") {
      o.find = true;
    } else if (option == "--json") {
      o.json = true;
    } else {
      if (at + 1 == argc) return bad_value(option, "");
      Status const status = set_option(o, option, argv[++at]);
      if (!status) return status.error();
    }
  }
  if (o.scenario.check_every == 0) return bad_value("--check-every", "0");
  if (o.links.empty()) return o;
  auto links = parse_links(o.links, trace_finder(o.traces, o.seed));
  if (!links) return links.error();
  o.scenario.links = std::move(links).value();
  o.scenario.changes.clear();
  o.scenario.name = o.links;
  return o;
}

std::vector<std::uint64_t> seeds_of(const Options& o) {
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < o.seeds; ++i) seeds.push_back(o.seed + i);
  return seeds;
}

Status print_table(const Options& o) {
  auto all = rate_cases(o.traces);
  if (!all) return all.error();
  auto chosen = chosen_cases(std::move(all).value(), o.cases);
  if (!chosen) return chosen.error();
  std::vector<Duration> latencies{300ms, 500ms, 1s, 2s};
  if (o.latency_given) latencies = {o.scenario.latency};
  auto const seeds = seeds_of(o);
  fmt::print("{:<18} {:>8} {:>8} {:>8} {:>6}\n", "scenario", "latency", "oracle", "rate", "ratio");
  for (const Scenario& each : *chosen) {
    for (Duration const latency : latencies) {
      Scenario scenario = o.scenario;
      scenario.name = each.name;
      scenario.links = each.links;
      scenario.changes.clear();
      scenario.latency = latency;
      double const oracle = oracle_rate(scenario).megabits_per_second();
      double const found = find_rate(scenario, oracle_rate(scenario), seeds).megabits_per_second();
      fmt::print("{:<18} {:>5.0f} ms {:>8.2f} {:>8.2f} {:>6.3f}\n", each.name,
                 to_milliseconds(latency), oracle, found, found / oracle);
    }
  }
  return success();
}

int survey_random_worlds(const Options& o) {
  Survey survey;
  for (std::uint64_t const seed : seeds_of(o)) {
    Scenario world = o.survey(seed, o.scenario.length);
    world.check_every = o.scenario.check_every;
    Report const report = run_scenario(world, seed);
    if (o.json) fmt::print("{}\n", to_json(report));
    survey.add(world, report);
  }
  fmt::print(o.json ? stderr : stdout, "{}", survey.to_table());
  return survey.broken() ? 1 : 0;
}

int run(Options o) {
  BitRate const oracle = oracle_rate(o.scenario);
  if (o.find) {
    o.scenario.rate = find_rate(o.scenario, oracle, seeds_of(o));
    if (!o.json)
      fmt::print("oracle {:.2f} Mbit/s, found {:.2f}, ratio {:.2f}\n", oracle.megabits_per_second(),
                 o.scenario.rate.megabits_per_second(),
                 o.scenario.rate.megabits_per_second() / oracle.megabits_per_second());
  }
  bool broken = false;
  for (std::uint64_t i = 0; i < o.seeds; ++i) {
    Report const report = run_scenario(o.scenario, o.seed + i);
    broken = broken || !report.violations.empty();
    fmt::print("{}{}", o.json ? to_json(report) : to_table(report), o.json ? "\n" : "");
  }
  if (!o.json)
    fmt::print("rate {:.2f} Mbit/s, oracle {:.2f}, capacity {:.2f}\n",
               o.scenario.rate.megabits_per_second(), oracle.megabits_per_second(),
               mean_capacity(o.scenario, o.scenario.adaptive.value_or(BitRate::megabits(1000)))
                   .megabits_per_second());
  return broken ? 1 : 0;
}

}  // namespace
}  // namespace aegis::sim

int main(int argc, char** argv) {
  using namespace aegis;
  if (argc > 1 && std::string_view(argv[1]) == "--help") {
    std::fputs(sim::kHelp, stdout);
    return 0;
  }
  auto const fail = [](const Error& error) {
    fmt::print(stderr, "aegis-simulate: {}: {}\n{}\n", error.what, error.why, error.hint);
    return 64;
  };
  auto options = sim::parse_options(argc, argv);
  if (!options) return fail(options.error());
  if (options->table) {
    auto const status = sim::print_table(*options);
    return status ? 0 : fail(status.error());
  }
  if (options->survey != nullptr) return sim::survey_random_worlds(*options);
  return sim::run(std::move(options).value());
}
