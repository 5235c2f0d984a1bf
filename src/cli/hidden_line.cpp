#include "cli/hidden_line.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include <string.h>
#include <termios.h>
#include <unistd.h>

namespace aegis::cli {
namespace {

constexpr std::size_t kMaxLine = 4096;

termios as_it_was;

extern "C" void restore_and_end(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Nothing is echoed while it lives.
class NoEcho {
 public:
  NoEcho() : active_(::tcgetattr(STDIN_FILENO, &as_it_was) == 0) {
    if (!active_) return;
    for (std::size_t i = 0; i < kEnds.size(); ++i)
      before_[i] = std::signal(kEnds[i], restore_and_end);
    auto silent = as_it_was;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
  }
  ~NoEcho() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
    for (std::size_t i = 0; i < kEnds.size(); ++i) std::signal(kEnds[i], before_[i]);
    std::fputc('\n', stderr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  static constexpr std::array kEnds{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  bool active_;
  std::array<void (*)(int), kEnds.size()> before_{};
};

}  // namespace

crypto::Secret hidden_line(const char* prompt) {
  NoEcho const silence;
  std::fputs(prompt, stderr);
  std::fflush(stderr);
  std::string line;
  line.reserve(kMaxLine);
  char c = 0;
  while (line.size() < kMaxLine && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') line += c;
  crypto::Secret secret(line);
  explicit_bzero(line.data(), line.size());
  return secret;
}

}  // namespace aegis::cli
