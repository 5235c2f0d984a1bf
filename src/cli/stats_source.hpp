// Where figures come from: the agents' sockets and the relay's HTTP.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"

namespace aegis::cli {

struct StatsTarget {
  enum class Kind { kAgent, kRelay };
  Kind kind = Kind::kAgent;
  std::string where;  // the socket's path, or the URL
};

// What `text` names; kUsage when it is neither a path nor an http:// address.
Result<StatsTarget> parse_stats_target(const std::string& text);

// The sockets of the agents that this user runs here, dead ones left out.
std::vector<std::string> running_agents();

// Every agent's socket of this user, and the figures of a relay at `relay`: none of them may
// answer.
std::vector<StatsTarget> local_stats_targets(const HostPort& relay);

// One report, of this moment; waits at most three seconds. kProtocol when the answer is no report.
Result<nlohmann::ordered_json> fetch_stats(const StatsTarget& target);

}  // namespace aegis::cli
