// What only shows on a terminal: a pty stands for one.
#include <array>
#include <csignal>
#include <cstdlib>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

class Pty {
 public:
  explicit Pty(unsigned short columns)
      : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    REQUIRE(master_);
    REQUIRE(::grantpt(master_.get()) == 0);
    REQUIRE(::unlockpt(master_.get()) == 0);
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 12;
    REQUIRE(::ioctl(master_.get(), TIOCSWINSZ, &size) == 0);
  }

  os::Fd slave() const {
    os::Fd fd(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(fd);
    return fd;
  }

  // Everything that was written to the terminal so far.
  const std::string& text() {
    std::array<char, 4096> piece{};
    for (;;) {
      auto const got = ::read(master_.get(), piece.data(), piece.size());
      if (got <= 0) return text_;
      text_.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  os::Fd master_;
  std::string text_;
};

// `settings` go by env(1): the bare environment has a TERM of its own.
Command with_settings(Command command, const std::vector<std::string>& settings) {
  std::vector<std::string> words{"env"};
  words.insert(words.end(), settings.begin(), settings.end());
  command.argv.insert(command.argv.begin(), words.begin(), words.end());
  return command;
}

Relay::Options anywhere() {
  Relay::Options options;
  options.ports = RelayPorts::free();
  return options;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a watch is drawn over itself, within the window", "[cli][terminal]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  Pty terminal(50);
  auto command = with_settings(
      aegis.command({"stats", fmt::format("http://127.0.0.1:{}", relay.ports().http), "--watch"}),
      {"TERM=xterm"});
  command.output = terminal.slave();
  Process watch(std::move(command), aegis.home().path());
  // The end of the second picture, not its beginning: the watch may be stopped in between.
  CHECK(wait_until([&] { return count(terminal.text(), "\033[J") >= 2; }, 5s));
  watch.signal(SIGINT);
  CHECK(watch.wait(2s) == 130);
  auto const text = terminal.text();
  CHECK(count(text, "\033[2J") == 1);  // cleared once, then drawn over: no flicker
  CHECK(count(text, "\033[H") >= 2);
  CHECK(text.find("\033[2mGROUP\033[0m") != std::string::npos);
  // Without its colours no line is wider than the window.
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\033') {
      while (std::isalpha(static_cast<unsigned char>(text[at])) == 0) ++at;
    } else {
      plain += text[at];
    }
  }
  for (auto const& line : lines(plain)) CHECK(line.size() <= 51);  // and the terminal's own \r
}

TEST_CASE("NO_COLOR and a dumb terminal are obeyed", "[cli][terminal]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  for (auto const& settings : std::vector<std::vector<std::string>>{
           {"TERM=xterm", "NO_COLOR=1"}, {"TERM=dumb"}, {"-u", "TERM"}}) {
    Pty terminal(200);
    auto const slave = terminal.slave();  // held, so that what was written can still be read
    auto command = with_settings(
        aegis.command({"stats", fmt::format("http://127.0.0.1:{}", relay.ports().http)}), settings);
    command.output = terminal.slave();
    auto const outcome = run(std::move(command), aegis.home().path());
    CHECK(outcome.code == 0);
    CHECK(terminal.text().find("SESSION") != std::string::npos);
    CHECK(terminal.text().find('\033') == std::string::npos);
  }
}

}  // namespace aegis::test
