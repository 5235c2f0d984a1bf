#include "common/config/state_watch.hpp"

#include <sys/stat.h>

namespace aegis::config {
namespace {

std::int64_t nanoseconds(const timespec& at) {
  return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

}  // namespace

Result<std::optional<State>> StateWatch::look() {
  auto const now = stamp();
  bool const changed = seen_ != now;
  if (!changed && !failed_) return std::optional<State>();
  // Noted before the file is read: a change that falls in between is seen at the next look.
  seen_ = now;
  auto state = load_state(file_);
  failed_ = !state;
  if (state) return std::optional<State>(std::move(*state));
  if (!changed) return std::optional<State>();
  return state.error();
}

StateWatch::Stamp StateWatch::stamp() const {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
          nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

}  // namespace aegis::config
