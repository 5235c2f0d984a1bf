// Looks at the state file now and then, and reads it when it may have changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/config/state.hpp"

namespace aegis::config {

// For one thread.
class StateWatch {
 public:
  explicit StateWatch(std::filesystem::path file) : file_(std::move(file)) {}

  // The state at the first look and after each change, of its mode or owner, too; else nothing. A
  // file that cannot be read is tried again at every look, as the reason may lie elsewhere: the
  // error comes once for each change. Errors as load_state().
  Result<std::optional<State>> look();

 private:
  // Changes whenever the file is replaced, rewritten, or given other rights.
  struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  Stamp stamp() const;

  std::filesystem::path file_;
  std::optional<Stamp> seen_;
  bool failed_ = false;  // at the last look
};

}  // namespace aegis::config
