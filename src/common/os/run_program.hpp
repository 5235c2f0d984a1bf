// Another program, run to its end.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::os {

struct ProgramRun {
  std::filesystem::path path;          // absolute: nothing is searched, and no shell reads it
  std::vector<std::string> arguments;  // after its own name
  std::string_view input;              // of its standard input: at most kMostProgramInput bytes
  Duration patience{};                 // then it is killed
  std::function<bool()> give_up;       // asked ten times a second; it is killed when it says so
};

inline constexpr std::size_t kMostProgramInput = 32 * 1024;

// Blocks until it has ended. It gets this process's PATH, no other variable, no descriptor but the
// three usual ones, and writes to our standard error. kConfiguration when it cannot be started,
// kTryLater when it ends with another code than 0, by a signal or too late.
Status run_program(const ProgramRun& run);

}  // namespace aegis::os
