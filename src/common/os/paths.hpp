// Where the running program keeps what lives no longer than it does.
#pragma once

#include <filesystem>

#include "common/base/result.hpp"

namespace aegis::os {

// The directory for sockets, made with mode 0700 where it is missing: $RUNTIME_DIRECTORY (systemd),
// else $XDG_RUNTIME_DIR/aegis, else /run/aegis for root, else /tmp/aegis-UID. The last is refused
// (kRefused) unless it is a real directory of ours that nobody else can write to.
Result<std::filesystem::path> runtime_directory();

}  // namespace aegis::os
