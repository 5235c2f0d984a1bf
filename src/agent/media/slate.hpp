// What is shown while no input has a picture: our own card, or the user's picture.
#pragma once

#include <cstdint>
#include <string>

#include "agent/media/picture.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::agent::media {

class Slate {
 public:
  // The user's picture in `file`; our card when that is empty. Errors: kBadInput.
  static Result<Slate> open(const std::string& file);

  // The slate as it looks when it has been on air for `shown`. Valid until the next call.
  const Picture& draw(const VideoFormat& format, Duration shown);

 private:
  explicit Slate(std::string file) : file_(std::move(file)) {}
  Status load(const VideoFormat& format);
  void draw_card();

  std::string file_;
  VideoFormat format_{.width = 0, .height = 0};
  Picture background_, picture_;
  std::int64_t second_ = -1;  // that the card shows
};

}  // namespace aegis::agent::media
