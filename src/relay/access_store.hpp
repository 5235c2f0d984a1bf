// The current Access, kept in step with the state file.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "common/base/result.hpp"
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
  // leaves the rights as they were: the error says so once for each change. For one thread, off the
  // data path; true when there is a new Access.
  Result<bool> refresh();

 private:
  // Changes whenever the file is replaced or rewritten.
  struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  explicit AccessStore(std::filesystem::path file);
  Stamp stamp() const;
  Status load();

  const std::filesystem::path file_;
  Stamp seen_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Access> current_;  // guarded by mutex_
};

}  // namespace aegis::relay
