// What only shows on a terminal: a pty stands for one.
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <termios.h>
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
    resize(columns);
  }

  os::Fd slave() const {
    os::Fd fd(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(fd);
    return fd;
  }

  void resize(unsigned short columns) const {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 12;
    REQUIRE(::ioctl(master_.get(), TIOCSWINSZ, &size) == 0);
  }
  void type(std::string_view keys) const {
    REQUIRE(::write(master_.get(), keys.data(), keys.size()) == std::ssize(keys));
  }
  // It shows what is typed, a line at a time.
  bool is_as_it_was() const {
    termios settings{};
    REQUIRE(::tcgetattr(master_.get(), &settings) == 0);
    constexpr tcflag_t kUsual = ICANON | ECHO;
    return (settings.c_lflag & kUsual) == kUsual;
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

// `aegis stats --watch` of the relay, with the terminal for its screen and its keys.
Command watch_of(const Runner& aegis, const Relay& relay, const Pty& terminal) {
  auto command = with_settings(
      aegis.command({"stats", fmt::format("http://127.0.0.1:{}", relay.ports().http), "--watch"}),
      {"TERM=xterm"});
  command.input = terminal.slave();
  command.output = terminal.slave();
  return command;
}

// What stands in the lines that were drawn, without colours.
std::vector<std::string> drawn_lines(const std::string& text) {
  std::vector<std::string> drawn(1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\033') {
      drawn.back() += text[at];
      continue;
    }
    while (std::isalpha(static_cast<unsigned char>(text[at])) == 0) ++at;
    if (text[at] == 'H') drawn.emplace_back();
  }
  return drawn;
}

}  // namespace

TEST_CASE("a watch is drawn over itself, within the window, and obeys keys", "[cli][terminal]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  Pty terminal(50);
  Process watch(watch_of(aegis, relay, terminal), aegis.home().path());
  auto const shows = [&](const std::string& part) {
    return wait_until([&] { return count(terminal.text(), part) > 0; }, 5s);
  };
  CHECK(shows("q quit   d detail"));
  // The age of the relay changes each second; nothing else is sent again.
  CHECK(wait_until([&] { return count(terminal.text(), "relay  up ") >= 3; }, 5s));
  CHECK(count(terminal.text(), "SESSION") == 1);
  CHECK(count(terminal.text(), "\033[2J") == 1);  // cleared once, then drawn over: no flicker
  terminal.type("s");
  CHECK(shows("sort links: rate"));
  terminal.type("d");
  CHECK(shows("\033[2mGROUP\033[0m"));
  for (auto const& line : drawn_lines(terminal.text())) CHECK(line.size() <= 50);
  terminal.resize(30);
  watch.signal(SIGWINCH);
  CHECK(wait_until([&] { return count(terminal.text(), "\033[2J") == 2; }, 5s));
  terminal.type("q");
  CHECK(watch.wait(2s) == 0);
  CHECK(terminal.is_as_it_was());
  CHECK(terminal.text().ends_with("\033[?1049l"));
}

TEST_CASE("a watch that is interrupted gives the terminal back", "[cli][terminal]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
    Pty terminal(80);
    auto const slave = terminal.slave();  // held, so that what was written can still be read
    Process watch(watch_of(aegis, relay, terminal), aegis.home().path());
    CHECK(wait_until([&] { return count(terminal.text(), "q quit") > 0; }, 5s));
    CHECK_FALSE(terminal.is_as_it_was());
    watch.signal(number);
    CHECK(watch.wait(2s) == 128 + number);
    CHECK(terminal.is_as_it_was());
    CHECK(terminal.text().ends_with("\033[?1049l"));
  }
}

TEST_CASE("a watch that is stopped gives the terminal back until it goes on", "[cli][terminal]") {
  Runner const aegis;
  Relay const relay(aegis.home().path(), anywhere());
  Pty terminal(80);
  Process watch(watch_of(aegis, relay, terminal), aegis.home().path());
  CHECK(wait_until([&] { return count(terminal.text(), "q quit") > 0; }, 5s));
  watch.signal(SIGTSTP);
  CHECK(wait_until([&] { return terminal.is_as_it_was(); }, 5s));
  watch.signal(SIGCONT);
  CHECK(wait_until([&] { return count(terminal.text(), "q quit") > 1; }, 5s));
  CHECK_FALSE(terminal.is_as_it_was());
  terminal.type("q");
  CHECK(watch.wait(2s) == 0);
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

TEST_CASE("a pairing code is asked for and not shown while it is typed", "[cli][terminal]") {
  Runner const aegis;
  Pty terminal(80);
  auto command = aegis.command({"pair"});
  command.input = terminal.slave();
  command.output = terminal.slave();
  Process pair(std::move(command), aegis.home().path());
  REQUIRE(wait_until([&] { return count(pair.err(), "Code from the relay: ") == 1; }, 5s));
  terminal.type("aegis://relay.example.org:5000/canary\n");
  CHECK(pair.wait(5s) == 64);
  CHECK(count(pair.err(), "pairing code: a part is missing") == 1);
  CHECK(count(terminal.text() + pair.err(), "canary") == 0);
  CHECK(terminal.is_as_it_was());
}

TEST_CASE("an interrupted prompt leaves the terminal as it was", "[cli][terminal]") {
  auto const number = GENERATE(SIGINT, SIGTERM, SIGHUP);
  Runner const aegis;
  Pty terminal(80);
  auto command = aegis.command({"pair"});
  command.input = terminal.slave();
  Process pair(std::move(command), aegis.home().path());
  REQUIRE(wait_until([&] { return count(pair.err(), "Code from the relay: ") == 1; }, 5s));
  REQUIRE(wait_until([&] { return !terminal.is_as_it_was(); }, 5s));
  pair.signal(number);
  CHECK(pair.wait(5s) == 128 + number);
  CHECK(terminal.is_as_it_was());
}

TEST_CASE("a new passphrase is asked for twice and not shown", "[cli][terminal]") {
  Runner const aegis;
  REQUIRE(aegis({"pair", "new", "cam", "--stock", "--host", "h.example.org"}).code == 0);
  auto const again = GENERATE(std::string("canary in a mine"), std::string("another canary"));
  Pty terminal(80);
  auto command = aegis.command({"state", "export", (aegis.home() / "cam.aegis").string()});
  command.input = terminal.slave();
  Process state(std::move(command), aegis.home().path());
  REQUIRE(wait_until([&] { return count(state.err(), "New passphrase: ") == 1; }, 5s));
  terminal.type("canary in a mine\n");
  REQUIRE(wait_until([&] { return count(state.err(), "The same again: ") == 1; }, 5s));
  terminal.type(again + "\n");
  bool const same = again == "canary in a mine";
  CHECK(state.wait(10s) == (same ? 0 : 64));
  CHECK(count(state.err(), "the two passphrases differ") == (same ? 0 : 1));
  CHECK(std::filesystem::exists(aegis.home() / "cam.aegis") == same);
  CHECK(count(terminal.text() + state.err() + state.out(), "canary") == 0);
  CHECK(terminal.is_as_it_was());
}

TEST_CASE("a code is a QR code, too, on a terminal", "[cli][terminal]") {
  Runner const aegis;
  bool const coloured = GENERATE(true, false);
  Pty terminal(80);
  auto command = with_settings(aegis.command({"pair", "new", "cam", "--host", "h.example.org"}),
                               {"TERM=xterm", coloured ? "COLOUR=any" : "NO_COLOR=1"});
  command.output = terminal.slave();
  Process pair(std::move(command), aegis.home().path());
  CHECK(pair.wait(5s) == 0);
  auto const text = terminal.text();
  CHECK(count(text, "aegis://h.example.org:5000/") == 1);
  CHECK(count(text, "▀") > 50);
  CHECK((count(text, "\033[") > 0) == coloured);
}

}  // namespace aegis::test
