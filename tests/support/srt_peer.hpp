// A plain SRT caller for the measuring programs: any SRT encoder or player, reduced to its wire.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/os/srt_socket.hpp"

namespace aegis::test {

// Stream id and passphrase of the "publish" or "play" part of a key document (`aegis pair new NAME
// --stock --json`). Throws when the file is none.
void apply_key(os::SrtOptions& options, const std::string& file, const std::string& part);

// A connected caller; tries again every 100 ms until `patience` is over. kUnreachable or kRefused
// with libsrt's words.
Result<os::SrtSocket> call(const HostPort& peer, const os::SrtOptions& options, Duration patience);

}  // namespace aegis::test
