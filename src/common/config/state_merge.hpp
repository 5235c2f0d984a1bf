// What of one state goes into another, and what that changes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/config/state.hpp"

namespace aegis::config {

// Streams, pairings and tenants (with their streams) of this name, with the tenants that own them;
// kConfiguration when there are none.
Result<State> part_of(const State& state, std::string_view name);

// Adds what `into` lacks. kConfiguration, and nothing added, when something of the same name is
// another thing there. Where a relay is reached is its own affair, and not compared.
Status merge(State& into, const State& from);

struct StateChange {
  enum class Kind { kAdded, kChanged, kRemoved };
  Kind kind = Kind::kAdded;
  std::string noun, name;  // "stream", "cam"; the name is empty where there is one of it only
};
std::vector<StateChange> changes_between(const State& before, const State& after);

// merge() into the state file, or with `replace` put `from` in place of all that it has. The file
// as it was is kept beside it under kBeforeImport. With `dry_run` nothing is written. Errors are
// those of merge() and update_state().
inline constexpr std::string_view kBeforeImport = ".before-import";
Result<std::vector<StateChange>> import_state(const std::filesystem::path& file, const State& from,
                                              bool replace, bool dry_run);

}  // namespace aegis::config
