#include "relay/access_store.hpp"

#include <utility>

#include <sys/stat.h>

namespace aegis::relay {

AccessStore::AccessStore(std::filesystem::path file)
    : file_(std::move(file)), current_(std::make_shared<Access>()) {}

Result<std::unique_ptr<AccessStore>> AccessStore::open(std::filesystem::path file) {
  std::unique_ptr<AccessStore> store(new AccessStore(std::move(file)));
  store->seen_ = store->stamp();
  if (auto loaded = store->load(); !loaded) return loaded.error();
  return store;
}

std::shared_ptr<const Access> AccessStore::current() const {
  std::lock_guard const lock(mutex_);
  return current_;
}

Result<bool> AccessStore::refresh() {
  auto const now = stamp();
  if (now == seen_) return false;
  // Noted before the file is read: a change that falls in between is seen at the next look.
  seen_ = now;
  if (auto loaded = load(); !loaded) return loaded.error();
  return true;
}

AccessStore::Stamp AccessStore::stamp() const {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
          std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

Status AccessStore::load() {
  auto state = config::load_state(file_);
  if (!state) return state.error();
  auto fresh = std::make_shared<const Access>(*state);
  std::lock_guard const lock(mutex_);
  current_ = std::move(fresh);
  return success();
}

}  // namespace aegis::relay
