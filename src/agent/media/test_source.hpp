// `--input test`: the test card and its tone, encoded, at the pace of the monotonic clock.
#pragma once

#include "agent/media/source.hpp"

namespace aegis::agent::media {

Result<std::unique_ptr<Source>> open_test_source(const SourceOptions& options, ChunkQueue& queue);

}  // namespace aegis::agent::media
