// The process's signals, delivered on an event loop.
#pragma once

#include <functional>
#include <memory>

#include "common/base/time.hpp"
#include "common/os/event_loop.hpp"

namespace aegis::os {

enum class Signal { kStop, kReload, kDrain };  // SIGTERM or SIGINT; SIGHUP; SIGUSR1

// Construct it first in main, before any thread: it blocks those signals for the
// thread that calls it and all that come after, and ignores SIGPIPE. A second SIGINT ends the
// process at once, as an impatient user wants, with the status of a process killed by SIGINT.
// Programs started by this one must unblock them (see restore_signals).
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Hands signals to `on_signal` on the loop's thread; those that came before are not lost. The
  // loop outlives this object, or detach() is called first.
  void attach(EventLoop& loop, std::function<void(Signal, Time)> on_signal);
  void detach();

 private:
  struct State;
  std::shared_ptr<State> state_;  // the loop holds on to it as well
  EventLoop* loop_ = nullptr;
};

// For a child between fork and exec: unblocks everything and restores SIGPIPE. Async-signal-safe.
void restore_signals();

}  // namespace aegis::os
