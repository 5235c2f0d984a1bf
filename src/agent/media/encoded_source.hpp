// The source that encodes: at each frame time the newest picture of the input that is on air, or
// the slate. What comes in may stop, break and come back; what goes out never does.
#pragma once

#include "agent/media/source.hpp"

namespace aegis::agent::media {

// Errors: as open_source().
Result<std::unique_ptr<Source>> open_encoded_source(const SourceOptions& options,
                                                    ChunkQueue& queue);

}  // namespace aegis::agent::media
