// aegis.toml into the option tree: every option of every command may stand there under its own
// name, in a table named after the command ([stream], [relay.serve]).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "common/base/result.hpp"

namespace aegis::cli {

// Fills the options of the parsed command that were not typed, from --config or else from the first
// aegis.toml found. Every entry of the file must name an option of some command: kConfiguration
// otherwise, with the entry, its file and line. `pair` and `stats` see where [relay.serve] listens,
// and `pair` and `tenant` use its state file.
Status apply_settings(CLI::App& app, Arguments& arguments);

// An option as its command has it when it is not typed.
struct OptionInForce {
  enum class Type { kText, kFlag, kList };
  std::string name;
  Type type = Type::kText;
  std::vector<std::string> values;  // none: not set
  unsigned line = 0;                // of the file; 0: built in
};
struct CommandInForce {
  std::string path;  // "pair new"
  std::vector<OptionInForce> options;
};
struct InForce {
  std::filesystem::path file;  // empty when there is none
  std::vector<CommandInForce> commands;
};

// The options of `wanted` ("pair") and the commands below it, of all when it is empty; of none when
// there is no such command. Errors as those of apply_settings().
Result<InForce> options_in_force(const std::filesystem::path& config_file,
                                 const std::string& wanted);

}  // namespace aegis::cli
