// What changed lately, and why: the last changes of all subjects that have a state. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "common/base/time.hpp"

namespace aegis::agent::control {

class ChangeLog {
 public:
  static constexpr std::size_t kKept = 32;

  struct Subject {
    std::string name, state, why = {};
  };
  struct Change {
    Time at{};
    Subject subject;
  };

  // All subjects as they are. One that is missing has the state "gone" from then on. A reason that
  // changes without its state is no change.
  void look(const std::vector<Subject>& all, Time now);
  // Oldest first.
  const std::deque<Change>& changes() const { return changes_; }

 private:
  void add(Subject subject, Time now);

  std::map<std::string, std::string> states_;
  std::deque<Change> changes_;
};

}  // namespace aegis::agent::control
