// The latest figures of one thread, for the others to read.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace aegis::relay {

// Thread-safe. Readers share what was published; nobody waits for long.
template <typename T>
class Snapshot {
 public:
  void publish(T value) {
    auto fresh = std::make_shared<const T>(std::move(value));
    std::lock_guard const lock(mutex_);
    current_.swap(fresh);
  }
  // Never null: a default T before the first publish().
  std::shared_ptr<const T> read() const {
    std::lock_guard const lock(mutex_);
    return current_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_ = std::make_shared<const T>();
};

}  // namespace aegis::relay
