// Names to addresses. Blocks: call it off the data path.
#pragma once

#include <vector>

#include "common/base/endpoint.hpp"

namespace aegis::os {

// Every address of `where` for UDP, in the resolver's order (RFC 6724), at least one. No host gives
// any_v6.
// Errors: kUnreachable when the name does not resolve.
Result<std::vector<Endpoint>> resolve(const HostPort& where);

}  // namespace aegis::os
