#include "agent/media/av.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "common/os/clock.hpp"
#include "common/os/log.hpp"

namespace aegis::agent::media {
namespace {

// Whether this message is among the twenty that a second may have.
bool within_budget() {
  static std::atomic<std::int64_t> second{0};
  static std::atomic<int> used{0};
  auto const now = os::now().time_since_epoch().count() / 1'000'000;
  if (second.exchange(now) != now) used = 0;
  return used.fetch_add(1) < 20;
}

// An address in FFmpeg's words may carry the name and the password that it was given.
std::string without_password(std::string text) {
  auto const scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  auto const end = text.find_first_of("/ '\"", scheme + 3);
  auto const at = text.rfind('@', end);
  if (at != std::string::npos && at > scheme) text.erase(scheme + 3, at + 1 - (scheme + 3));
  return text;
}

void on_av_log(void* source, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_VERBOSE) return;
  auto const ours = level <= AV_LOG_WARNING ? os::log::Level::kWarn : os::log::Level::kDebug;
  if (!os::log::enabled(ours)) return;
  std::array<char, 512> line{};
  int print_prefix = 1;
  av_log_format_line2(source, level, format, arguments, line.data(), line.size(), &print_prefix);
  std::string text(line.data());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty() || !within_budget()) return;
  os::log::at(ours, "ffmpeg {}", without_password(std::move(text)));
}

}  // namespace

std::string av_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

void route_av_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(on_av_log); });
}

}  // namespace aegis::agent::media
