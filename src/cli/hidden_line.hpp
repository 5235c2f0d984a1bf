// A line of input that is not shown while it is typed.
#pragma once

#include "common/crypto/secret.hpp"

namespace aegis::cli {

// One line of standard input, without its end, of at most 4096 bytes; empty at the end of input.
// On a terminal `prompt` is written to standard error first, and nothing is echoed; an interrupt
// ends the process with the terminal as it was.
crypto::Secret hidden_line(const char* prompt);

}  // namespace aegis::cli
