// `--input FILE`: a media file, decoded and encoded again, at the pace of its own timestamps.
#pragma once

#include "agent/media/source.hpp"

namespace aegis::agent::media {

Result<std::unique_ptr<Source>> open_file_source(const SourceOptions& options, ChunkQueue& queue);

}  // namespace aegis::agent::media
