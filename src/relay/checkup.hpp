// The relay's part of `aegis doctor`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/finding.hpp"

namespace aegis::relay {

// Whether each UDP address can be listened on, or is listened on already. The first of each pair is
// what the user knows it by. Blocks while names are looked up.
Findings check_listeners(const std::vector<std::pair<std::string, HostPort>>& listeners);

}  // namespace aegis::relay
