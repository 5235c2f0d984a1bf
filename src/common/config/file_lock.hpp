// One writer at a time among processes.
#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/os/fd.hpp"

namespace aegis::config {

// Held while it lives; the kernel lets go when the process ends, however it ends. The lock file is
// never removed (removing it would let two processes hold two locks of one name) and holds the pid
// of whoever has the lock, for people.
class FileLock {
 public:
  static constexpr Duration kPatience = 5s;

  // Blocks. kTryLater, with the holder's pid, when one and the same process keeps the lock for
  // `patience`; a queue that moves is waited for.
  static Result<FileLock> acquire(const std::filesystem::path& file, std::string_view noun,
                                  Duration patience = kPatience);

 private:
  explicit FileLock(os::Fd fd) : fd_(std::move(fd)) {}
  os::Fd fd_;
};

}  // namespace aegis::config
