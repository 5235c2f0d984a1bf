// Failed system calls as Errors.
#pragma once

#include <string>

#include "common/base/result.hpp"

namespace aegis::os {

// The kernel's words for an errno value; thread-safe.
std::string errno_text(int code);

// `what` failed with errno `code`. The kind follows from the code: no permission is kRefused, busy
// or out of resources is kTryLater, no route is kUnreachable, no such name or address is
// kConfiguration; the rest takes `otherwise`.
Error system_error(int code, std::string what, std::string hint = {},
                   ErrorKind otherwise = ErrorKind::kInternal);

// For calls that fail only through a bug of ours or when the process has run out of descriptors or
// memory while it starts: says so on stderr and ends the process.
[[noreturn]] void fatal_errno(const char* what);

}  // namespace aegis::os
