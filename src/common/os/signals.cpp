#include "common/os/signals.hpp"

#include <cerrno>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/os/errors.hpp"

namespace aegis::os {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

// With one thread that does not block it, and no handler, the kernel ends the process by itself.
void let_next_interrupt_kill() {
  ::signal(SIGINT, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

Signals::Signals() {
  sigset_t const set = handled_signals();
  if (int const code = pthread_sigmask(SIG_BLOCK, &set, nullptr); code != 0) {
    errno = code;
    fatal_errno("cannot block signals");
  }
  ::signal(SIGPIPE, SIG_IGN);
  fd_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) fatal_errno("signalfd");
}

Signals::~Signals() {
  detach();
}

void Signals::attach(EventLoop& loop, std::function<void(Signal, Time)> on_signal) {
  detach();
  loop_ = &loop;
  on_signal_ = std::move(on_signal);
  loop.watch(fd_.get(), Ready::kRead, [this](Ready, Time now) { read_all(now); });
}

void Signals::detach() {
  if (loop_ != nullptr) std::exchange(loop_, nullptr)->unwatch(fd_.get());
}

void Signals::read_all(Time now) {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    auto const number = static_cast<int>(info.ssi_signo);
    if (number == SIGINT) let_next_interrupt_kill();
    auto const callback = on_signal_;  // a copy, as it may attach another
    callback(number == SIGHUP ? Signal::kReload : Signal::kStop, now);
  }
}

void restore_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigprocmask(SIG_SETMASK, &set, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace aegis::os
