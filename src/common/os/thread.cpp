#include "common/os/thread.hpp"

#include <exception>

#include <pthread.h>
#include <unistd.h>

#include "common/os/log.hpp"

namespace aegis::os {
namespace {

constexpr int kExitInternal = 70;  // EX_SOFTWARE, as everywhere for bugs of ours

// noexcept: what is thrown while it reports goes to std::terminate, the last resort.
void run(const std::string& name, const std::function<void()>& body) noexcept {
  name_this_thread(name);
  try {
    body();
    return;
  } catch (const std::exception& e) {
    log::error("internal error: an exception escaped thread={} what=\"{}\"", name, e.what());
  } catch (...) {
    log::error("internal error: an unknown exception escaped thread={}", name);
  }
  // No destructors: other threads still run, and what they use must stay.
  ::_exit(kExitInternal);
}

}  // namespace

void name_this_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

Thread::Thread(std::string name, std::function<void()> body)
    : thread_([name = std::move(name), body = std::move(body)] { run(name, body); }) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    join();
    thread_ = std::move(other.thread_);
  }
  return *this;
}

void Thread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace aegis::os
