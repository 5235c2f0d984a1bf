// Which bond group speaks from which local address to the SRT listener.
#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>

#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"

namespace aegis::relay {

// Thread-safe: the bond thread writes, the media server reads.
class GroupDirectory {
 public:
  void add(const Endpoint& local, GroupId group) {
    std::lock_guard const lock(mutex_);
    groups_.insert_or_assign(local, group);
  }
  void remove(const Endpoint& local) {
    std::lock_guard const lock(mutex_);
    groups_.erase(local);
  }
  std::optional<GroupId> find(const Endpoint& local) const {
    std::lock_guard const lock(mutex_);
    auto const found = groups_.find(local);
    if (found == groups_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Endpoint, GroupId> groups_;  // guarded by mutex_
};

}  // namespace aegis::relay
