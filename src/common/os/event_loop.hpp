// One thread's loop: descriptors, timers and work posted from other threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/time.hpp"
#include "common/os/fd.hpp"

namespace aegis::os {

enum class Ready : std::uint32_t { kRead = 1, kWrite = 2, kReadWrite = 3 };

// Not thread-safe but for post() and stop(). Callbacks run on the thread in run(), one after the
// other; each gets the one `now` of its turn. A callback may watch, unwatch and cancel anything,
// itself included.
class EventLoop {
 public:
  using TimerId = std::uint64_t;
  using OnReady = std::function<void(Ready, Time)>;
  using OnTimer = std::function<void(Time)>;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // The loop does not own `fd`; unwatch it before it is closed.
  void watch(int fd, Ready interest, OnReady callback);
  void change(int fd, Ready interest);
  void unwatch(int fd);

  // One-shot timers. cancel() of a fired or unknown id does nothing.
  TimerId at(Time when, OnTimer callback);
  void cancel(TimerId id);

  // Runs after the callbacks of each turn (to flush batches); `now` is the turn's.
  void after_turn(OnTimer callback);

  // Turns begin at least this far apart, so that what comes meanwhile is handled together. For
  // loops to which work comes as a stream of small pieces, none of which is in a hurry.
  void pace(Duration least);

  void run();                             // until stop()
  void stop();                            // thread-safe
  void post(std::function<void()> work);  // thread-safe; runs on the loop's thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::os
