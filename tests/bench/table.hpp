// `aegis-bench table`: what the bond carries over which links, against the oracle and peers.
#pragma once

#include <string>
#include <vector>

namespace aegis::bench {

// Returns the exit code: 1 when a cell was left without media, 64 for a wrong command line.
int table(const std::vector<std::string>& arguments);

}  // namespace aegis::bench
