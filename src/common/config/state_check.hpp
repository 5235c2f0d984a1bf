// What is in a state file, and what about it should be looked at.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/config/state.hpp"

namespace aegis::config {

struct StateFinding {
  std::string what, hint;  // without a secret; what to type
  bool note = false;       // good to know, and nothing wrong
};

struct StateReport {
  std::optional<Error> unusable;  // why no command can use the file
  bool exists = false;
  State state;  // empty when it is unusable
  std::vector<StateFinding> findings;
};

// Reads the file, its directory and what else saves have left there. Changes nothing.
StateReport inspect_state(const std::filesystem::path& file, WallTime now);

}  // namespace aegis::config
