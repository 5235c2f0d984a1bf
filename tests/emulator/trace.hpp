// A recorded or generated link capacity: the instants at which 1500 bytes may leave the queue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/units.hpp"

namespace aegis::emulator {

// Text form: one line per opportunity, whole milliseconds since the start, not falling. The trace
// repeats; its period is its last line.
class Trace {
 public:
  static constexpr std::int64_t kOpportunityBytes = 1500;

  // kBadInput with the line number when the text is not a trace.
  static Result<Trace> parse(std::string_view text);

  std::string text() const;  // as parse() takes it

  // The instant of opportunity `index` (0, 1, ... for ever) since the start of the replay.
  Duration at(std::uint64_t index) const;
  std::size_t size() const { return milliseconds_.size(); }
  Duration period() const;
  BitRate mean_rate() const;

 private:
  explicit Trace(std::vector<std::int64_t> milliseconds) : milliseconds_(std::move(milliseconds)) {}
  std::vector<std::int64_t> milliseconds_;
};

}  // namespace aegis::emulator
