// The rig's part of `aegis doctor`: what is looked at, and in which order.
#pragma once

#include <vector>

#include "agent/stream.hpp"
#include "common/base/finding.hpp"

namespace aegis::agent::doctor {

// Looks at the first eight relays over each link, and at the encoder; sends up to 100 kB over each
// link to each of them, and publishes nothing. Blocks for about ten seconds at most.
Findings check_rig(const std::vector<RelayTarget>& relays, const std::vector<LinkSpec>& links);

}  // namespace aegis::agent::doctor
