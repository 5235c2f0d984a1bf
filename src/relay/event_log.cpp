#include "relay/event_log.hpp"

#include <algorithm>
#include <utility>

#include "common/os/clock.hpp"

namespace aegis::relay {

void EventLog::add(const char* event, nlohmann::json details) {
  details["event"] = event;
  details["time_ms"] = os::wall_now().time_since_epoch() / 1ms;
  Line line{details.value("stream", ""), details.dump() + "\n"};
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

std::string EventLog::read(std::uint64_t& position, const Scope& scope) const {
  std::string text;
  std::lock_guard const lock(mutex_);
  if (position < first_)
    text = nlohmann::json{{"event", "missed"}, {"count", first_ - position}}.dump() + "\n";
  auto const from = std::max(position, first_) - first_;
  for (auto i = from; i < lines_.size(); ++i) {
    auto const& line = lines_[i];
    if (line.stream.empty() ? scope.is_everything() : scope.holds(line.stream)) text += line.text;
  }
  position = first_ + lines_.size();
  return text;
}

}  // namespace aegis::relay
