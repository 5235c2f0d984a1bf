// Inputs that are MPEG-TS already and are passed on packet for packet: a pipe and a UDP address.
#pragma once

#include <string_view>

#include "agent/media/source.hpp"

namespace aegis::agent::media {

// Reads descriptor `fd` (not owned; 0 is standard input) to its end. A stream that comes faster
// than it plays is read at its own pace.
Result<std::unique_ptr<Source>> open_pipe_source(int fd, ChunkQueue& queue);

// udp://HOST:PORT with a numeric host, or none for every address; a multicast group is joined.
// Never ends by itself.
Result<std::unique_ptr<Source>> open_udp_source(std::string_view spec, ChunkQueue& queue);

}  // namespace aegis::agent::media
