#include "common/os/signals.hpp"

#include <cerrno>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/os/errors.hpp"
#include "common/os/fd.hpp"

namespace aegis::os {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1);
  return set;
}

Signal meaning_of(int number) {
  if (number == SIGHUP) return Signal::kReload;
  return number == SIGUSR1 ? Signal::kDrain : Signal::kStop;
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

struct Signals::State {
  Fd fd;
  std::function<void(Signal, Time)> on_signal;

  void read_all(Time now) const;
};

void Signals::State::read_all(Time now) const {
  signalfd_siginfo info{};
  while (::read(fd.get(), &info, sizeof info) == sizeof info) {
    auto const number = static_cast<int>(info.ssi_signo);
    if (number == SIGINT) let_next_interrupt_kill();
    auto const callback = on_signal;  // a copy, as it may attach another
    if (callback) callback(meaning_of(number), now);
  }
}

Signals::Signals() : state_(std::make_shared<State>()) {
  sigset_t const set = handled_signals();
  if (int const code = pthread_sigmask(SIG_BLOCK, &set, nullptr); code != 0) {
    errno = code;
    fatal_errno("cannot block signals");
  }
  ::signal(SIGPIPE, SIG_IGN);
  state_->fd = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!state_->fd) fatal_errno("signalfd");
}

Signals::~Signals() {
  state_->on_signal = nullptr;
}

void Signals::attach(EventLoop& loop, std::function<void(Signal, Time)> on_signal) {
  detach();
  loop_ = &loop;
  state_->on_signal = std::move(on_signal);
  loop.watch(state_->fd.get(), Ready::kRead,
             [state = state_](Ready, Time now) { state->read_all(now); });
}

void Signals::detach() {
  if (loop_ != nullptr) std::exchange(loop_, nullptr)->unwatch(state_->fd.get());
  state_->on_signal = nullptr;
}

void restore_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigprocmask(SIG_SETMASK, &set, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace aegis::os
