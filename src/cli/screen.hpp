// The terminal as a screen that is drawn anew again and again, with keys that take effect at once.
#pragma once

#include <string>
#include <vector>

#include <termios.h>

#include "common/base/time.hpp"
#include "common/os/fd.hpp"

namespace aegis::cli {

// One at a time, on the main thread, made before any other thread. While it lives standard output
// shows a page of its own; what was there before is back afterwards. SIGINT, SIGTERM, SIGHUP and
// SIGTSTP do what they always do, once the terminal is as it was.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Shows these lines from the top, none wider than the screen. Only those that differ from what is
  // there are sent. False when nobody sees them any more.
  bool draw(const std::vector<std::string>& lines);

  enum class Key { kNone, kQuit, kSort, kDetail, kUp, kDown };
  struct Wake {
    Key key = Key::kNone;
    bool resized = false;
  };
  // Waits at most `patience` for a key, a change of the window's size, or `other_fd` to have
  // something.
  Wake wait(Duration patience, int other_fd);

 private:
  void enter();
  void leave();
  Key read_key();
  bool obey_signal();

  os::Fd signals_;
  bool keys_ = false;  // standard input is a terminal
  bool raw_ = false;   // and gives each key at once
  termios before_{};   // as it was
  std::vector<std::string> shown_;
};

}  // namespace aegis::cli
