// Which bond group speaks from which local address to the SRT listener, and for whom.
#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>

#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "common/bond/proof.hpp"

namespace aegis::relay {

// Thread-safe: the bond thread writes, the media server reads.
class GroupDirectory {
 public:
  struct Entry {
    GroupId group;
    std::optional<bond::DeviceId> device;  // that has proved itself
  };

  void add(const Endpoint& local, const Entry& entry) {
    std::lock_guard const lock(mutex_);
    groups_.insert_or_assign(local, entry);
  }
  void remove(const Endpoint& local) {
    std::lock_guard const lock(mutex_);
    groups_.erase(local);
  }
  std::optional<Entry> find(const Endpoint& local) const {
    std::lock_guard const lock(mutex_);
    auto const found = groups_.find(local);
    if (found == groups_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Endpoint, Entry> groups_;  // guarded by mutex_
};

}  // namespace aegis::relay
