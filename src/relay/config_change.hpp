// What a new configuration means for a relay that runs, key by key.
#pragma once

#include <string>
#include <vector>

#include "relay/serve.hpp"

namespace aegis::relay {

struct ConfigChange {
  std::string key;    // as in aegis.toml and on the command line
  bool live = false;  // it takes effect at once; else it needs a restart
};

// The keys whose values differ, in the order of the option list.
std::vector<ConfigChange> config_changes(const ServeOptions& running, const ServeOptions& fresh);

// `running` with those values of `fresh` that take effect at once.
ServeOptions with_live_changes(const ServeOptions& running, const ServeOptions& fresh);

}  // namespace aegis::relay
