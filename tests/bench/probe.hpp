// One transmission of counted TS packets at a constant rate with real processes, as a judge would
// see it: SRT caller -> rig (`aegis stream --proxy`, or a peer) -> emulated links -> relay
// (`aegis relay serve` and an SRT player, or a peer and a libsrt listener behind it).
#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "sim/scenario.hpp"

namespace aegis::bench {

struct ProbeResult {
  std::uint64_t made = 0, received = 0;  // TS packets; received: each once
  double missing = 1;                    // share
  double excess_ms = 0;                  // p95 of latency beyond the configured ones
  double wire = 0;      // bytes upwards by payload bytes, without what the links themselves lost
  double queue_ms = 0;  // p95 of the queueing that we cause, on the worst link that is in use
  double cpu_us = 0;    // of the rig's process, for each packet of media
  // What the machine was able to do: how late the source ran at worst, and the share of its
  // processors that nobody wanted.
  double source_late_ms = 0, idle = 1;
  nlohmann::json links, gaps;  // gaps: where TS packets are missing, {"at_s", "packets"}

  // Too busy a machine to believe a loss that it shows.
  bool busy() const { return source_late_ms > 60 || idle < 0.02; }
};
nlohmann::json describe(const ProbeResult& result);

// Runs scenario.length of media at scenario.rate; rig and relay by their kinds, kStock being the
// peers of the environment. The links' traces and outages begin with the media. Throws when a
// process does not do its part.
ProbeResult run_probe(const sim::Scenario& scenario, std::uint64_t seed);

}  // namespace aegis::bench
