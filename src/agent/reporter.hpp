// Tells people and programs how the stream fares while it runs: the log, the terminal's status
// line, JSON lines on standard output, and systemd.
#pragma once

#include "agent/rig_status.hpp"

namespace aegis::agent {

// Main thread.
class Reporter {
 public:
  explicit Reporter(bool json);
  ~Reporter();  // ends the status line
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // To be called several times a second; speaks when it is time to, and at each change of state.
  void report(const RigStatus& status, Time now);

 private:
  void on_change(const RigStatus& status);
  void remind(const RigStatus& status, Time now);

  bool const json_, terminal_;
  std::optional<control::RigVerdict> last_;
  Time next_second_{Time::min()}, next_reminder_{Time::min()};
  bool line_shown_ = false, json_wanted_ = true;
};

}  // namespace aegis::agent
