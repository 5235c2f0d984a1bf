// How much a sender could carry that knew the future: the yardstick for all rates.
#pragma once

#include "common/base/units.hpp"
#include "sim/scenario.hpp"

namespace aegis::sim {

// The highest constant rate of MPEG-TS that the scenario's links can carry without loss within its
// latency (fluid model): what is made between any two instants s and t must fit into what all links
// take in after s and hand out by t + latency. Links that lose packets at random count with what
// they let through. Changes of the scenario are not looked at: links that are not there from the
// start count as absent.
BitRate oracle_rate(const Scenario& scenario);
// What an encoder could send on average that used every opportunity of the links, up to `most` in
// each second.
BitRate mean_capacity(const Scenario& scenario, BitRate most);

}  // namespace aegis::sim
