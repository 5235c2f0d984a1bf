// aegis.toml into the option tree: every option of every command may stand there under its own
// name, in a table named after the command ([stream], [relay.serve]).
#pragma once

#include <CLI/CLI.hpp>

#include "cli/app.hpp"
#include "common/base/result.hpp"

namespace aegis::cli {

// Fills the options of the parsed command that were not typed, from --config or else from the first
// aegis.toml found. Every entry of the file must name an option of some command: kConfiguration
// otherwise, with the entry, its file and line. `pair` and `stats` see where [relay.serve] listens,
// and `pair` and `tenant` use its state file.
Status apply_settings(CLI::App& app, Arguments& arguments);

}  // namespace aegis::cli
