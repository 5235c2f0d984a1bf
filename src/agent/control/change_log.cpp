#include "agent/control/change_log.hpp"

#include <algorithm>
#include <utility>

namespace aegis::agent::control {

void ChangeLog::add(Subject subject, Time now) {
  changes_.push_back({now, std::move(subject)});
  if (changes_.size() > kKept) changes_.pop_front();
}

void ChangeLog::look(const std::vector<Subject>& all, Time now) {
  for (auto it = states_.begin(); it != states_.end();) {
    bool const there = std::any_of(
        all.begin(), all.end(), [&](const Subject& subject) { return subject.name == it->first; });
    if (!there) add({it->first, "gone"}, now);
    it = there ? std::next(it) : states_.erase(it);
  }
  for (auto const& subject : all) {
    auto& state = states_[subject.name];
    if (state == subject.state) continue;
    state = subject.state;
    add(subject, now);
  }
}

}  // namespace aegis::agent::control
