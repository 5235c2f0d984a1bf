// The current Access, kept in step with the state file.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "common/base/result.hpp"
#include "common/config/state_watch.hpp"
#include "relay/access.hpp"

namespace aegis::relay {

class AccessStore {
 public:
  // Reads the file; one that does not exist gives an Access that refuses everybody. Errors as
  // config::load_state.
  static Result<std::unique_ptr<AccessStore>> open(std::filesystem::path file);

  // Thread-safe and quick: libsrt's threads call it for each caller.
  std::shared_ptr<const Access> current() const;

  // Reads the file again if it has changed since the last look. A file that has become unreadable
  // leaves the rights as they were, and is tried again at every look: the error says so once for
  // each change. For one thread, off the data path; true when there is a new Access.
  Result<bool> refresh();

 private:
  explicit AccessStore(std::filesystem::path file);

  config::StateWatch watch_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Access> current_;  // guarded by mutex_
};

}  // namespace aegis::relay
