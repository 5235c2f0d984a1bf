// Threads with a name and a floor: an exception that escapes ends the process with a word, not with
// an unexplained abort.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace aegis::os {

// Runs `body` on a thread called `name` (cut to the kernel's 15 characters). Joins when it goes;
// the owner tells the body to end by its own means first. An exception that escapes from `body` is
// our bug: it is logged, and the process ends at once with exit code 70.
class Thread {
 public:
  Thread() = default;
  Thread(std::string name, std::function<void()> body);
  Thread(Thread&& other) noexcept = default;
  Thread& operator=(Thread&& other) noexcept;
  ~Thread() { join(); }

  bool joinable() const { return thread_.joinable(); }
  void join();  // does nothing when it has been joined

 private:
  std::thread thread_;
};

// Names the calling thread, as ps and gdb show it.
void name_this_thread(const std::string& name);

}  // namespace aegis::os
