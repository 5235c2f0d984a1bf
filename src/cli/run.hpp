// One run of the program: parse, settings, command, exit code.
#pragma once

#include "cli/exit.hpp"

namespace aegis::cli {

// Catches what escapes from a command: a bug ends in two lines and Exit::kInternal, not in abort().
Exit run(int argc, char** argv);

}  // namespace aegis::cli
