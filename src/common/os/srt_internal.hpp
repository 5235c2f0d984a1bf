// What the .cpp files around libsrt share. Not for other rooms.
#pragma once

#include <string>

#include <srt/srt.h>

#include "common/os/srt_socket.hpp"

namespace aegis::os {

// The calling thread's last libsrt error as an Error.
Error srt_error(std::string what, std::string hint = {});

// Applies what listeners and callers have in common, before bind and connect.
Status set_srt_options(SRTSOCKET socket, const SrtOptions& options);
// SRTO_PASSPHRASE. The error never holds the passphrase.
Status set_srt_passphrase(SRTSOCKET socket, const crypto::Secret& passphrase);

}  // namespace aegis::os
