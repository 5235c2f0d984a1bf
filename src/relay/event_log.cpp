#include "relay/event_log.hpp"

#include <algorithm>
#include <utility>

#include "common/os/clock.hpp"

namespace aegis::relay {

void EventLog::add(const char* event, nlohmann::json details) {
  details["event"] = event;
  details["time_ms"] = os::wall_now().time_since_epoch() / 1ms;
  auto line = details.dump() + "\n";
  std::lock_guard const lock(mutex_);
  lines_.push_back(std::move(line));
  if (lines_.size() <= kKept) return;
  lines_.pop_front();
  ++first_;
}

std::uint64_t EventLog::next() const {
  std::lock_guard const lock(mutex_);
  return first_ + lines_.size();
}

std::string EventLog::read(std::uint64_t& position) const {
  std::string text;
  std::lock_guard const lock(mutex_);
  if (position < first_)
    text = nlohmann::json{{"event", "missed"}, {"count", first_ - position}}.dump() + "\n";
  auto const from = std::max(position, first_) - first_;
  for (auto i = from; i < lines_.size(); ++i) text += lines_[i];
  position = first_ + lines_.size();
  return text;
}

}  // namespace aegis::relay
