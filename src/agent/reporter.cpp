#include "agent/reporter.hpp"

#include <cstdio>

#include <unistd.h>

#include "common/os/log.hpp"
#include "common/os/notify.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kReminder = 10s;        // while all is well
constexpr Duration kTroubleReminder = 5s;  // while the user waits for something

os::log::Level level_of(control::RigState state) {
  switch (state) {
    case control::RigState::kFailed:
    case control::RigState::kRejected:
      return os::log::Level::kError;
    case control::RigState::kDegraded:
    case control::RigState::kSlate:
    case control::RigState::kReconnecting:
      return os::log::Level::kWarn;
    default:
      return os::log::Level::kInfo;
  }
}

// "no media for 7 s" and "no media for 8 s" are one state of affairs.
std::string without_numbers(const std::string& reason) {
  std::string kept;
  for (char const c : reason) {
    if (c < '0' || c > '9') kept.push_back(c);
  }
  return kept;
}

}  // namespace

Reporter::Reporter(bool json) : json_(json), terminal_(::isatty(STDERR_FILENO) != 0) {}

Reporter::~Reporter() {
  if (line_shown_) std::fputs("\n", stderr);
}

void Reporter::report(const RigStatus& status, Time now) {
  bool const changed = !last_ || last_->state != status.verdict.state ||
                       without_numbers(last_->reason) != without_numbers(status.verdict.reason);
  last_ = status.verdict;
  if (changed) {
    on_change(status);
    next_reminder_ =
        now + (status.verdict.state == control::RigState::kLive ? kReminder : kTroubleReminder);
  }
  if (json_ && json_wanted_ && (changed || now >= next_second_)) {
    auto const line = to_json(status) + "\n";
    // A reader that has gone away is no reason to stop streaming.
    json_wanted_ =
        std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fflush(stdout) == 0;
  }
  if (terminal_ && now >= next_second_) {
    // The cursor stays in the first column, so that a log line takes the place of this one.
    std::fprintf(stderr, "\r%s\x1b[K\r", os::log::escaped(to_line(status)).c_str());
    line_shown_ = true;
  } else if (!terminal_) {
    remind(status, now);
  }
  if (now >= next_second_) next_second_ = now + 1s;
}

void Reporter::on_change(const RigStatus& status) {
  auto const& verdict = status.verdict;
  if (terminal_) std::fputs("\r\x1b[K", stderr);
  if (verdict.reason.empty()) {
    os::log::at(level_of(verdict.state), "state={}", control::to_string(verdict.state));
  } else {
    os::log::at(level_of(verdict.state), "state={} reason=\"{}\"",
                control::to_string(verdict.state), verdict.reason);
  }
  os::notify_status(to_line(status));
}

void Reporter::remind(const RigStatus& status, Time now) {
  if (now < next_reminder_) return;
  bool const well = status.verdict.state == control::RigState::kLive;
  next_reminder_ = now + (well ? kReminder : kTroubleReminder);
  os::log::at(well ? os::log::Level::kInfo : os::log::Level::kWarn, "{}", to_line(status));
  os::notify_status(to_line(status));
}

}  // namespace aegis::agent
