// One of the things that can be put on air, as the pacer sees it: at each frame time it is asked
// for what is new.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/control/input_switch.hpp"
#include "agent/media/picture.hpp"
#include "common/base/result.hpp"

namespace aegis::agent::media {

// The size, shape and rate in which everything is shown: those of the first input that has any.
// Thread-safe.
class Canvas {
 public:
  // The canvas as it is, or from now on is.
  VideoFormat settle(const VideoFormat& wish) {
    std::lock_guard const lock(mutex_);
    if (!format_) format_ = wish;
    return *format_;
  }
  std::optional<VideoFormat> settled() const {
    std::lock_guard const lock(mutex_);
    return format_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<VideoFormat> format_;
};

// A frame of the programme.
struct Frame {
  std::uint64_t number = 0;
  Duration at{};  // on the programme's timeline
  Duration length{};
  Time tick{};  // now
};

class Input {
 public:
  virtual ~Input() = default;

  // For the pacer's thread. The picture for this frame when it is a new one; valid until the next
  // call.
  virtual const Picture* picture(const Frame& frame) = 0;
  // Fills interleaved stereo at 48 kHz with what belongs to this frame; how many samples are real.
  virtual std::size_t sound(const Frame& frame, std::span<float> out) = 0;
  // It is not on air in this frame.
  virtual void pass(const Frame& frame) = 0;
  virtual control::InputView view(Time now) const = 0;

  // Thread-safe.
  virtual std::string_view kind() const = 0;
  // It plays at its own pace and ends, so that its start is not played to nobody.
  virtual bool waits() const { return false; }
  virtual bool may_have_sound() const { return true; }
  // What is wrong with it just now, in words; empty when nothing is.
  virtual std::string trouble() const { return {}; }
};

// Opens what `spec` names. A file is opened at once, for its errors and its format; the rest takes
// its time on a thread of its own and is tried again for ever. Errors: kUsage for a spec that
// cannot be, kBadInput for a file that is missing or holds no video.
Result<std::unique_ptr<Input>> open_input(const std::string& spec, bool loop, Canvas& canvas);

}  // namespace aegis::agent::media
