#include "common/os/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aegis::os::log {
namespace {

// systemd tells a service which file its stderr is, when that file is the journal.
bool stderr_is_journal() {
  const char* const announced = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (announced == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == announced;
}

// The journal's priorities (RFC 5424 numbers), as sd-daemon(3) wants them at the start of a line.
class JournalPriority : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    std::string_view prefix = "<6>";
    if (message.level == spdlog::level::debug) prefix = "<7>";
    if (message.level == spdlog::level::warn) prefix = "<4>";
    if (message.level == spdlog::level::err) prefix = "<3>";
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

std::unique_ptr<spdlog::logger> make_logger() {
  const char* const no_color = std::getenv("NO_COLOR");
  bool const color = isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
      color ? spdlog::color_mode::always : spdlog::color_mode::never);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (stderr_is_journal()) {
    formatter->add_flag<JournalPriority>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v");
  }
  sink->set_formatter(std::move(formatter));
  auto logger = std::make_unique<spdlog::logger>("aegis", std::move(sink));
  logger->set_level(spdlog::level::info);
  logger->flush_on(spdlog::level::debug);
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

// Never destroyed: threads of libraries may log while the process ends.
spdlog::logger& logger() {
  static auto* const instance = make_logger().release();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}

bool enabled(Level level) {
  return level != Level::kOff && logger().should_log(to_spdlog(level));
}

Result<Level> parse_level(std::string_view text) {
  if (text == "debug") return Level::kDebug;
  if (text == "info") return Level::kInfo;
  if (text == "warn") return Level::kWarn;
  if (text == "error") return Level::kError;
  if (text == "off") return Level::kOff;
  return Error{ErrorKind::kUsage, fmt::format("log level '{}'", text), "there is no such level",
               "write debug, info, warn, error or off"};
}

std::string escaped(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (char const c : line) {
    if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

void write(Level level, std::string_view line) {
  if (!enabled(level)) return;
  if (std::none_of(line.begin(), line.end(), is_control)) {
    logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    return;
  }
  std::string const safe = escaped(line);
  logger().log(to_spdlog(level), spdlog::string_view_t(safe.data(), safe.size()));
}

void error(const Error& failure) {
  std::string line = failure.what;
  if (!failure.why.empty()) line += ": " + failure.why;
  if (!failure.hint.empty()) line += " (" + failure.hint + ")";
  write(Level::kError, line);
}

void RateLimitedLog::count(std::string_view cause, Time now, std::uint64_t times) {
  total_ += times;
  unsaid_ += times;
  cause_.assign(cause);
  flush(now);
}

void RateLimitedLog::flush(Time now) {
  if (unsaid_ == 0 || now < next_) return;
  at(level_, "{} count={} total={} last=\"{}\"", what_, unsaid_, total_, cause_);
  unsaid_ = 0;
  next_ = now + 1s;
}

}  // namespace aegis::os::log
