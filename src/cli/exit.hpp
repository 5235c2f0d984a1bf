// How a command ends: the exit codes that scripts rely on, and the two lines of an error.
#pragma once

#include "common/base/result.hpp"

namespace aegis::cli {

// After sysexits(3), but for the first two. POSIX shells keep 126 and up for themselves.
enum class Exit : int {
  kOk = 0,
  kCondition = 1,       // what the user asked to be told about holds, as grep and test have it
  kUsage = 64,          // the command was typed wrong
  kBadInput = 65,       // the media input is missing, unreadable or not what it claims
  kUnreachable = 69,    // the relay, or a process asked for its figures, does not answer
  kInternal = 70,       // our own bug
  kTryLater = 75,       // busy, locked: the same command may work later
  kProtocol = 76,       // the other side speaks something else
  kRefused = 77,        // the other side, or a right, says no
  kConfiguration = 78,  // state or configuration is missing or wrong
};

Exit exit_of(ErrorKind kind);

// Exactly two lines on stderr: "aegis: what: why" and "hint: what to type". Text that came from
// elsewhere is escaped.
void print_error(const Error& error);

// What a command came to; prints the error if there is one.
Exit finish(const Status& status);

}  // namespace aegis::cli
