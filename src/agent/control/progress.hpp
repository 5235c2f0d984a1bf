// Whether something still moves: a count that is looked at now and then. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::control {

class Progress {
 public:
  // The first look counts as progress, and so does a count that begins anew.
  void look(std::uint64_t count, Time now) {
    if (count_ == count) return;
    count_ = count;
    moved_ = now;
  }
  // It is not expected to move until the next look.
  void rest() { count_.reset(); }
  // For how long it has not; zero while it rests.
  Duration still(Time now) const { return count_ ? now - moved_ : Duration{}; }

 private:
  std::optional<std::uint64_t> count_;
  Time moved_{};
};

}  // namespace aegis::agent::control
