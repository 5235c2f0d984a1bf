// Waiting for something that another process does.
#pragma once

#include <thread>

#include "common/base/time.hpp"
#include "common/os/clock.hpp"

namespace aegis::test {

// Asks every 10 ms until `condition` holds or `patience` is over; what it said last.
template <typename Condition>
bool wait_until(Condition condition, Duration patience) {
  Time const deadline = os::now() + patience;
  while (!condition()) {
    if (os::now() >= deadline) return condition();
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

}  // namespace aegis::test
