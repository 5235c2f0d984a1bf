// The program's log on stderr: one line an event, "what happened key=value ...". The only user of
// spdlog. Safe from every thread. Control characters in a line are escaped, so text that came from
// the network cannot forge lines or talk to a terminal. Secrets have no formatter and cannot
// appear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::os::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

// What is below `level` is dropped. The command line sets it once; kInfo until then.
void set_level(Level level);
bool enabled(Level level);
// "debug", "info", "warn", "error" or "off".
Result<Level> parse_level(std::string_view text);

// Writes one finished line. A failing stderr is nobody's concern: the program goes on.
void write(Level level, std::string_view line);

template <typename... Args>
void at(Level level, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::kDebug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::kInfo, format, std::forward<Args>(args)...);
}
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::kWarn, format, std::forward<Args>(args)...);
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::kError, format, std::forward<Args>(args)...);
}
// "what: why (hint)".
void error(const Error& failure);

// The line as write() shows it: control characters become \xNN.
std::string escaped(std::string_view line);

// For what may happen a thousand times a second: counts each, says so at most once a second with
// the cause of the last. Not thread-safe.
class RateLimitedLog {
 public:
  explicit RateLimitedLog(std::string what, Level level = Level::kWarn)
      : what_(std::move(what)), level_(level) {}

  void count(std::string_view cause, Time now, std::uint64_t times = 1);
  // Reports what has been counted but not said yet, if a second has passed; call it now and then,
  // or the last burst stays unsaid until the next one.
  void flush(Time now);
  std::uint64_t total() const { return total_; }
  std::uint64_t unsaid() const { return unsaid_; }

 private:
  std::string what_;
  Level level_;
  std::string cause_;
  std::uint64_t total_ = 0;
  std::uint64_t unsaid_ = 0;
  Time next_{Time::min()};
};

}  // namespace aegis::os::log
