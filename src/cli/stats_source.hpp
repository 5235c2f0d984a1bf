// Where figures come from: the agents' sockets and the relay's HTTP.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/http/get.hpp"

namespace aegis::cli {

struct StatsTarget {
  enum class Kind { kAgent, kRelay };
  Kind kind = Kind::kAgent;
  std::string where;  // the socket's path, or the URL
};

// What `text` names; kUsage when it is neither a path nor an http:// or https:// address.
Result<StatsTarget> parse_stats_target(const std::string& text);

// The sockets of the agents that this user runs here, dead ones left out.
std::vector<std::string> running_agents();

// The relay of this host.
struct LocalRelay {
  HostPort http;
  bool tls = false;
};
// Every agent's socket of this user, and the figures of `relay`: none of them may answer.
std::vector<StatsTarget> local_stats_targets(const LocalRelay& relay);

// One report, of this moment; waits at most three seconds. kProtocol when the answer is no report.
// `access` is what relays are shown.
Result<nlohmann::ordered_json> fetch_stats(const StatsTarget& target, const http::Access& access);

}  // namespace aegis::cli
