// What was measured on a rig, judged. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/doctor/link_probe.hpp"
#include "common/base/finding.hpp"
#include "common/base/result.hpp"

namespace aegis::agent::doctor {

struct LinkContext {
  std::string relay;    // as the user knows it
  Endpoint address;     // that was asked
  bool chosen = false;  // the user named the links: one that does not work is a fault
  bool paired = false;  // the relay has to prove who it is
};

// Whether the relay answers, over which links, and how soon.
Findings judge_reach(const Probe& probe, const LinkContext& context);
// What large packets come back, over the links that the relay answers on.
Findings judge_sizes(const Probe& probe, const LinkContext& context);
// Pictures a second against those that are needed.
Finding judge_encoder(const Result<double>& made, double wanted);

}  // namespace aegis::agent::doctor
