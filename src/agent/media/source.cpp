#include "agent/media/source.hpp"

#include <condition_variable>
#include <utility>

#include "agent/media/encoded_source.hpp"
#include "agent/media/input_spec.hpp"
#include "agent/media/passthrough.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::media {
namespace {

// FFmpeg or the standard library may throw on exhaustion: that must not leave the thread.
Status run_guarded(Source& source, const std::stop_token& stop) {
  try {
    return source.run(stop);
  } catch (const std::exception& failure) {
    return Error{ErrorKind::kInternal, "the input stopped", failure.what(), ""};
  }
}

}  // namespace

Result<std::unique_ptr<Source>> open_source(const SourceOptions& options, ChunkQueue& queue) {
  if (options.inputs.size() == 1 && !options.encode) {
    auto const& input = options.inputs.front();
    if (is_plain_ts(input))
      return input == "-" ? open_pipe_source(0, queue) : open_udp_source(input, queue);
  }
  return open_encoded_source(options, queue);
}

SourceThread::SourceThread(std::unique_ptr<Source> source, ChunkQueue& queue)
    : source_(std::move(source)), queue_(queue), thread_([this](const std::stop_token& stop) {
        Status ended = run_guarded(*source_, stop);
        {
          std::lock_guard const lock(mutex_);
          outcome_ = std::move(ended);
        }
        queue_.close();
      }) {}

SourceThread::~SourceThread() = default;

std::optional<Status> SourceThread::outcome() const {
  std::lock_guard const lock(mutex_);
  return outcome_;
}

bool sleep_until(Time when, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never_notified;
  std::unique_lock lock(mutex);
  for (Duration left = when - os::now(); left > 0us && !stop.stop_requested();
       left = when - os::now()) {
    never_notified.wait_for(lock, stop, left, [] { return false; });
  }
  return !stop.stop_requested();
}

}  // namespace aegis::agent::media
