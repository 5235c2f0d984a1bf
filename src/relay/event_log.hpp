// What happens at the relay, one JSON object a line, for readers that keep up.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "relay/scope.hpp"

namespace aegis::relay {

// Thread-safe; bounded. Nobody who adds ever waits for somebody who reads.
class EventLog {
 public:
  static constexpr std::size_t kKept = 512;

  // `event` names what happened, `details` is an object; the wall clock's time is put to them. It
  // concerns who holds details["stream"]; without that, the operator.
  void add(const char* event, nlohmann::json details);

  // The number of the next event: who reads from there sees what happens from now on.
  std::uint64_t next() const;
  // The lines from `position` on, which moves behind them. What is no longer kept is told in a line
  // of its own: {"event":"missed","count":N}. Only what `scope` holds.
  std::string read(std::uint64_t& position, const Scope& scope = {}) const;

 private:
  struct Line {
    std::string stream;  // empty: no stream's
    std::string text;
  };

  mutable std::mutex mutex_;
  std::deque<Line> lines_;   // guarded by mutex_
  std::uint64_t first_ = 0;  // the number of lines_.front(); guarded by mutex_
};

}  // namespace aegis::relay
