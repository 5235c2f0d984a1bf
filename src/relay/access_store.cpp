#include "relay/access_store.hpp"

#include <utility>

namespace aegis::relay {

AccessStore::AccessStore(std::filesystem::path file)
    : watch_(std::move(file)), current_(std::make_shared<Access>()) {}

Result<std::unique_ptr<AccessStore>> AccessStore::open(std::filesystem::path file) {
  std::unique_ptr<AccessStore> store(new AccessStore(std::move(file)));
  if (auto loaded = store->refresh(); !loaded) return loaded.error();
  return store;
}

std::shared_ptr<const Access> AccessStore::current() const {
  std::lock_guard const lock(mutex_);
  return current_;
}

Result<bool> AccessStore::refresh() {
  auto const state = watch_.look();
  if (!state) return state.error();
  if (!*state) return false;
  auto fresh = std::make_shared<const Access>(**state);
  std::lock_guard const lock(mutex_);
  current_ = std::move(fresh);
  return true;
}

}  // namespace aegis::relay
