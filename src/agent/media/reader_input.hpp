// Inputs that are read and decoded on a thread of their own: files, pipes and what comes from the
// network.
#pragma once

#include <functional>

#include "agent/media/input.hpp"
#include "agent/media/media_reader.hpp"

namespace aegis::agent::media {

struct ReaderInputOptions {
  std::string name;
  std::string_view kind;
  // What to read, each time anew. It may wait, and leaves when a stop is requested.
  std::function<Result<MediaOrigin>(const std::stop_token&)> origin;
  bool live = true;   // it is tried again when it ends; else its end is the input's
  bool loop = false;  // a file starts again at its end
};

// A file is opened before the call returns. Errors: kBadInput.
Result<std::unique_ptr<Input>> open_reader_input(ReaderInputOptions options, Canvas& canvas);

}  // namespace aegis::agent::media
