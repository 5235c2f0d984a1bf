#include "agent/media/source.hpp"

#include <condition_variable>
#include <utility>

#include <fmt/format.h>

#include "agent/media/file_source.hpp"
#include "agent/media/passthrough.hpp"
#include "agent/media/test_source.hpp"
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
  std::string_view const input = options.input;
  if (input == "test") return open_test_source(options, queue);
  if (input == "-") return open_pipe_source(0, queue);
  if (input.starts_with("udp://")) return open_udp_source(input, queue);
  if (input.find("://") != std::string_view::npos) {
    return Error{ErrorKind::kUsage, fmt::format("cannot read input {}", input),
                 "this kind of address is not supported", "use test, a file, - or udp://HOST:PORT"};
  }
  return open_file_source(options, queue);
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
