// From argv to a command with its arguments, or to an error in our own words.
#pragma once

#include "cli/app.hpp"
#include "common/base/result.hpp"

namespace aegis::cli {

// What is to be done after parsing.
enum class Wish { kRun, kHelp, kVersion };

// Parses argv into `app`, which build() has filled. A misspelt command or option is kUsage with one
// suggestion; nothing that was typed is repeated but its misspelt word.
Result<Wish> parse(CLI::App& app, int argc, const char* const* argv);

}  // namespace aegis::cli
