// The text of state.toml: State to TOML and back.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/config/state.hpp"

namespace aegis::config {

// Strict: an unknown key, a wrong type, a name used twice, a weak key and a newer schema are all
// kConfiguration. `file` is for the messages, which never repeat a value.
Result<State> parse_state(std::string_view text, const std::filesystem::path& file);

// The same State always gives the same bytes.
crypto::Secret write_state(const State& state);

}  // namespace aegis::config
