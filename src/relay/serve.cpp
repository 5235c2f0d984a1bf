#include "relay/serve.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "common/base/version.hpp"
#include "common/os/clock.hpp"
#include "common/os/event_loop.hpp"
#include "common/os/log.hpp"
#include "common/os/notify.hpp"
#include "common/os/signals.hpp"
#include "relay/relay.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;

constexpr Duration kCare = 500ms;
constexpr Duration kStopPatience = 1500ms;
constexpr int kExitBug = 70;

void announce(const Relay& relay, const ServeOptions& options) {
  auto const bound = relay.bound();
  std::string text = fmt::format("aegis relay {} listens on\n", version());
  auto const line = [&text](std::string_view what, const std::string& where) {
    text += fmt::format("  {:<12} {}\n", what, where);
  };
  line("SRTLA", to_string(bound.srtla) + " (udp)");
  if (bound.srt_publish) line("SRT publish", to_string(*bound.srt_publish) + " (udp)");
  if (bound.srt_play) line("SRT play", to_string(*bound.srt_play) + " (udp)");
  line("figures", fmt::format("{}://{}/api/v1/status", options.tls_cert.empty() ? "http" : "https",
                              to_string(bound.http)));
  if (bound.pairing) line("pairing", to_string(*bound.pairing) + " (tcp)");
  if (options.forward)
    text += fmt::format("and forwards to {}, which checks stream ids and passphrases itself\n",
                        to_string(*options.forward));
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  if (!options.forward && relay.stream_count() == 0)
    log::warn(
        "no stream is defined, so everybody is refused: 'aegis pair new NAME --stock' makes one");
}

// What the main thread does: twice a second it looks at the state file, since `aegis pair` changes
// it behind our back, tells systemd how things are, and ends a drained relay; and it does what
// signals ask for.
class Caretaker {
 public:
  Caretaker(os::EventLoop& loop, Relay& relay, const ServeOptions& options)
      : loop_(loop), relay_(relay), options_(options) {
    arm(os::now());
  }

  void on_signal(os::Signal signal) {
    switch (signal) {
      case os::Signal::kReload:
        return reload();
      case os::Signal::kDrain:
        return relay_.drain();
      case os::Signal::kStop:
        return loop_.stop();
    }
  }

 private:
  void arm(Time now) {
    loop_.at(now + kCare, [this](Time then) {
      // Two looks in a row: the figures of the first may be older than the drain.
      auto const before = std::exchange(drained_, relay_.is_drained());
      if (before && drained_) return loop_.stop();
      read_access();
      tell_status();
      arm(then);
    });
  }

  void read_access() {
    auto const changed = relay_.refresh_access();
    if (!changed) {
      log::error(changed.error());
      log::warn("the streams and keys stay as they were");
    } else if (*changed) {
      log::info("streams and keys read again streams={}", relay_.stream_count());
    }
  }

  void reload() {
    os::notify("RELOADING=1");
    read_access();
    auto const fresh = options_.reread ? options_.reread() : Result<ServeOptions>(options_);
    auto const changes =
        fresh ? relay_.reconfigure(*fresh) : Result<std::vector<ConfigChange>>(fresh.error());
    if (!changes) {
      log::error(changes.error());
      log::warn("the configuration stays as it was");
    } else {
      for (auto const& change : *changes)
        log::info("configuration changed key={} effect=\"{}\"", change.key,
                  change.live ? "at once" : "after a restart");
      log::info("configuration read again changes={}", changes->size());
    }
    os::notify_ready();
  }

  void tell_status() {
    auto summary = relay_.summary();
    if (summary == told_) return;
    os::notify_status(summary);
    told_ = std::move(summary);
  }

  os::EventLoop& loop_;
  Relay& relay_;
  const ServeOptions& options_;
  bool drained_ = false;
  std::string told_;
};

// Only as long as all threads get on: systemd starts a relay that hangs anew.
void keep_watchdog_quiet(os::EventLoop& loop, const Relay& relay, Duration interval, Time now) {
  if (relay.works()) os::notify_watchdog();
  loop.at(now + interval / 2, [&loop, &relay, interval](Time then) {
    keep_watchdog_quiet(loop, relay, interval, then);
  });
}

}  // namespace

Status serve(const ServeOptions& options) {
  os::Signals signals;
  auto started = Relay::start(options);
  if (!started) return started.error();
  auto& relay = **started;
  announce(relay, options);

  os::EventLoop loop;
  Caretaker caretaker(loop, relay, options);
  if (auto const interval = os::watchdog_interval())
    keep_watchdog_quiet(loop, relay, *interval, os::now());
  signals.attach(loop, [&](os::Signal signal, Time) { caretaker.on_signal(signal); });
  os::notify_ready();
  loop.run();

  os::notify_stopping();
  log::info("stopping");
  if (relay.stop(kStopPatience)) return success();
  // Nothing that is still running can be trusted to end; the sockets go with the process.
  log::error("a thread did not end in time");
  std::_Exit(kExitBug);
}

}  // namespace aegis::relay
