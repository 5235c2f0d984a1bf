#include <mutex>
#include <string_view>

#include <fmt/core.h>
#include <srt/logging_api.h>

#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/srt_internal.hpp"

namespace aegis::os {
namespace {

// libsrt logs from all its threads, and floods when a peer misbehaves.
struct LogRoute {
  std::mutex mutex;
  log::RateLimitedLog limited{"libsrt", log::Level::kDebug};
};

LogRoute& log_route() {
  static auto* const route = new LogRoute;  // libsrt's threads may outlive static destructors
  return *route;
}

void on_library_log(void* /*opaque*/, int /*level*/, const char* /*file*/, int /*line*/,
                    const char* area, const char* message) noexcept {
  if (!log::enabled(log::Level::kDebug)) return;
  try {
    std::string_view text = message;
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    auto& route = log_route();
    std::lock_guard const lock(route.mutex);
    route.limited.count(fmt::format("{}: {}", area, text), now());
  } catch (...) {  // out of memory: a line less
  }
}

}  // namespace

SrtLibrary::SrtLibrary() {
  srt_setlogflags(SRT_LOGF_DISABLE_TIME | SRT_LOGF_DISABLE_THREADNAME | SRT_LOGF_DISABLE_SEVERITY |
                  SRT_LOGF_DISABLE_EOL);
  srt_setloglevel(LOG_NOTICE);
  srt_setloghandler(nullptr, on_library_log);
  srt_startup();
  auto const version = srt_getversion();
  log::debug("libsrt started version={}.{}.{}", (version >> 16) & 0xff, (version >> 8) & 0xff,
             version & 0xff);
}

SrtLibrary::~SrtLibrary() {
  srt_cleanup();
}

}  // namespace aegis::os
