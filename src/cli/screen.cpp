#include "cli/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fmt/core.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace aegis::cli {
namespace {

// A page of its own, nothing blinks, and a line that is too long does not break the next one.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l\033[H\033[2J";
constexpr std::string_view kLeave = "\033[?7h\033[?25h\033[?1049l";

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int const number : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH}) sigaddset(&set, number);
  return set;
}

bool write_all(std::string_view text) {
  while (!text.empty()) {
    ssize_t const done = ::write(STDOUT_FILENO, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && errno == EAGAIN) {
      pollfd wait{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&wait, 1, -1);
      continue;
    }
    if (done <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

// What the signal does to a program that has not asked for it.
void take_default(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  ::signal(number, SIG_DFL);
  ::raise(number);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Screen::Screen() {
  sigset_t const set = watched_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = os::Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  keys_ = ::isatty(STDIN_FILENO) == 1;
  enter();
}

Screen::~Screen() {
  leave();
  sigset_t const set = watched_signals();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void Screen::enter() {
  if (keys_ && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    auto raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  write_all(kEnter);
  shown_.clear();
}

void Screen::leave() {
  write_all(kLeave);
  if (raw_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  raw_ = false;
}

bool Screen::draw(const std::vector<std::string>& lines) {
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i < shown_.size() && shown_[i] == lines[i]) continue;
    out += fmt::format("\033[{};1H{}\033[K", i + 1, lines[i]);
  }
  if (lines.size() < shown_.size()) out += fmt::format("\033[{};1H\033[J", lines.size() + 1);
  shown_ = lines;
  return write_all(out);
}

bool Screen::obey_signal() {
  signalfd_siginfo info{};
  bool resized = false;
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    auto const number = static_cast<int>(info.ssi_signo);
    if (number == SIGWINCH) {
      write_all("\033[2J");
      shown_.clear();
      resized = true;
      continue;
    }
    leave();
    take_default(number);
    // It was stopped, and goes on.
    enter();
    resized = true;
  }
  return resized;
}

Screen::Key Screen::read_key() {
  std::array<char, 64> typed{};
  ssize_t const size = ::read(STDIN_FILENO, typed.data(), typed.size());
  if (size == 0) keys_ = false;
  if (size <= 0) return Key::kNone;
  std::string_view const text(typed.data(), static_cast<std::size_t>(size));
  if (text.starts_with("\033[A") || text.front() == 'k') return Key::kUp;
  if (text.starts_with("\033[B") || text.front() == 'j') return Key::kDown;
  switch (text.front()) {
    case 'q':
    case 'Q':
      return Key::kQuit;
    case 's':
      return Key::kSort;
    case 'd':
      return Key::kDetail;
    default:
      return Key::kNone;
  }
}

Screen::Wake Screen::wait(Duration patience, int other_fd) {
  std::array<pollfd, 3> fds{
      {{signals_.get(), POLLIN, 0}, {keys_ ? STDIN_FILENO : -1, POLLIN, 0}, {other_fd, POLLIN, 0}}};
  auto const timeout = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  Wake wake;
  if (::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(timeout, 0))) <= 0)
    return wake;
  if (fds[0].revents != 0) wake.resized = obey_signal();
  if (fds[1].revents != 0) wake.key = read_key();
  return wake;
}

}  // namespace aegis::cli
