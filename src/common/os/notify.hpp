// Tells systemd how the service fares (sd_notify(3)), without its library.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/time.hpp"

namespace aegis::os {

// Sends one datagram to $NOTIFY_SOCKET; false when there is none, or nobody reads it. `state` holds
// lines such as "READY=1" or "STATUS=2 links, 4.1 Mbit/s".
bool notify(std::string_view state);

inline bool notify_ready() {
  return notify("READY=1");
}
inline bool notify_stopping() {
  return notify("STOPPING=1");
}
inline bool notify_watchdog() {
  return notify("WATCHDOG=1");
}
// One line for `systemctl status`; line breaks in it become spaces.
bool notify_status(std::string_view status);

// How often systemd wants to hear notify_watchdog(), when it is watching this process
// ($WATCHDOG_USEC, $WATCHDOG_PID): call it twice as often.
std::optional<Duration> watchdog_interval();

}  // namespace aegis::os
