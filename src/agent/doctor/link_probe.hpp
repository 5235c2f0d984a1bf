// Asks a relay over each link as `aegis stream` would, without a stream: registers a group, takes
// round trips, and sends keepalives of several sizes to see which come back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/link_plan.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"
#include "common/bond/proof.hpp"

namespace aegis::agent::doctor {

struct ProbeOptions {
  Endpoint relay;
  std::vector<PlannedLink> links;
  std::optional<bond::Device> device = {};  // who we are to a relay that we are paired with
  // Sizes are asked without a device only: a proved group has no keepalives but those of the bond.
  bool sizes = false;
  Duration patience = 3500ms;
};

struct ProbedLink {
  std::string name;
  std::string trouble = {};  // why there is no socket
  bool registered = false;
  std::optional<Duration> rtt = {};
  // Of the IP packets that came back unbroken; 0 when none has or none was asked for.
  unsigned largest_packet = 0;
};

struct Probe {
  std::vector<ProbedLink> links;  // in the order of the options
  bool aegis_relay = false;       // it offers what only Aegis has
  std::uint64_t refusals = 0, unproved = 0;
  std::optional<Duration> clock_refusal = {};  // what the relay's clock is ahead of ours
};

// The IP packet of a full SRT packet of 1316 bytes in a link frame.
unsigned needed_packet(const Endpoint& relay);

// Returns when every link has answered everything, or when its patience ends. Blocks.
Probe probe_links(const ProbeOptions& options);

}  // namespace aegis::agent::doctor
