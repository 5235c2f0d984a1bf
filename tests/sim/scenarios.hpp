// Scenarios by name, by text and by chance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "sim/scenario.hpp"

namespace aegis::sim {

// The same delay, loss and outages both ways; 20 Mbit/s downwards.
LinkPlan symmetric_link(const emulator::Profile& up);
LinkPlan steady_link(BitRate rate, Duration delay, double loss);
// Adds an outage in both directions.
void darken(LinkPlan& link, Duration start, Duration length,
            emulator::OutageKind kind = emulator::OutageKind::kDrop);

// Two links: 6 Mbit/s 30 ms 0.1 % and 4 Mbit/s 60 ms 0.5 %.
Scenario two_links(BitRate rate);

std::vector<std::string_view> scenario_names();
// One of those, or "random:SEED". Errors: kUsage with the known names.
Result<Scenario> named_scenario(std::string_view name);

// Finds "lte@RATE" (generated from `seed`) and, in `directory`, recorded traces by their file
// names.
emulator::FindTrace trace_finder(const std::string& directory, std::uint64_t seed);
// Links in the emulator's text form, one after the other with commas. Errors: kUsage, kBadInput.
Result<std::vector<LinkPlan>> parse_links(std::string_view text, const emulator::FindTrace& find);

// One to four links of any kind, outages, changes and a rate that they can carry most of the time.
Scenario random_scenario(std::uint64_t seed, Duration length);
// Two links of which either can carry the rate alone, and at most one is dark at a time; often a
// third of any kind. Nothing may be lost.
Scenario spare_scenario(std::uint64_t seed, Duration length);

}  // namespace aegis::sim
