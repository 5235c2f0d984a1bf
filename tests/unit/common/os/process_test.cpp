// Signals, threads, paths and the service manager: what belongs to the whole process, tried in
// children of the test where it cannot be undone.
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "common/os/notify.hpp"
#include "common/os/paths.hpp"
#include "common/os/signals.hpp"
#include "common/os/thread.hpp"
#include "support/temp_dir.hpp"

using namespace aegis;
using namespace aegis::os;
namespace fs = std::filesystem;

namespace {

// The wait status of a child that runs `body`, with its stderr closed off.
template <typename Body>
int in_child(Body body) {
  pid_t const child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int const null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(null, STDERR_FILENO);
    ::alarm(20);
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

class Environment {
 public:
  Environment(const char* name, std::optional<std::string> value) : name_(name) {
    if (const char* const old = std::getenv(name)) before_ = old;
    set(value);
  }
  ~Environment() { set(before_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const std::optional<std::string>& value) const {
    value ? ::setenv(name_, value->c_str(), 1) : ::unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("signals reach the loop, whichever thread the kernel picks", "[signals]") {
  int const status = in_child([] {
    Signals signals;
    ::kill(::getpid(), SIGHUP);  // before anybody listens
    ::kill(::getpid(), SIGPIPE);
    EventLoop loop;
    int reloads = 0;
    signals.attach(loop, [&](Signal signal, Time) {
      if (signal == Signal::kReload) {
        ++reloads;
        ::kill(::getpid(), SIGTERM);
      } else {
        loop.stop();
      }
    });
    Thread busy("busy", [] { ::usleep(200'000); });
    loop.run();
    return reloads == 1 ? 0 : 1;
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("signals and loop may go in either order", "[signals]") {
  int const status = in_child([] {
    EventLoop loop;
    {
      Signals signals;
      signals.attach(loop, [](Signal, Time) { ::_exit(1); });
    }
    ::kill(::getpid(), SIGHUP);
    loop.at(now() + 20ms, [&](Time) { loop.stop(); });
    loop.run();
    Signals signals;
    auto other = std::make_unique<EventLoop>();
    signals.attach(*other, [](Signal, Time) {});
    other.reset();
    return 0;
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a second interrupt kills, even when the loop hangs", "[signals]") {
  int const status = in_child([] {
    Signals signals;
    EventLoop loop;
    signals.attach(loop, [&](Signal, Time) {
      ::kill(::getpid(), SIGINT);
      ::sleep(10);
    });
    ::kill(::getpid(), SIGINT);
    loop.run();
    return 0;
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}

TEST_CASE("a thread has its name and is joined", "[thread]") {
  char name[16] = {};
  {
    Thread const thread("bond-sender-with-a-long-name",
                        [&] { pthread_getname_np(pthread_self(), name, sizeof name); });
  }
  CHECK(std::string(name) == "bond-sender-wit");
}

TEST_CASE("an exception that escapes a thread ends the process with 70", "[thread]") {
  int const status = in_child([] {
    Thread const thread("bad", [] { throw std::runtime_error("bug"); });
    ::sleep(10);
    return 0;
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 70);
}

TEST_CASE("the runtime directory follows the environment and is private", "[paths]") {
  test::TempDir dir;
  Environment const systemd("RUNTIME_DIRECTORY", std::nullopt);
  Environment const user("XDG_RUNTIME_DIR", dir.path().string());
  auto const made = runtime_directory();
  REQUIRE(made);
  CHECK(*made == dir.path() / "aegis");
  struct stat status {};
  REQUIRE(lstat(made->c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  CHECK(runtime_directory());  // again, now that it is there

  REQUIRE(::chmod(made->c_str(), 0777) == 0);
  auto const open_to_all = runtime_directory();
  REQUIRE_FALSE(open_to_all);
  CHECK(open_to_all.error().kind == ErrorKind::kRefused);

  fs::remove(*made);
  fs::create_directory_symlink(dir.path(), *made);
  CHECK_FALSE(runtime_directory());

  Environment const service("RUNTIME_DIRECTORY", "/run/aegis-a:/run/aegis-b");
  auto const given = runtime_directory();
  REQUIRE(given);
  CHECK(*given == "/run/aegis-a");
}

TEST_CASE("the service manager hears of us by path and by abstract name", "[notify]") {
  test::TempDir dir;
  auto const abstract = GENERATE(false, true);
  std::string const name = abstract ? "@" + dir.path().string() : (dir.path() / "notify").string();
  Fd const manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  if (abstract) address.sun_path[0] = '\0';
  auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);

  Environment const variable("NOTIFY_SOCKET", name);
  CHECK(notify_ready());
  CHECK(notify_status("2 links\nup"));
  char text[64] = {};
  CHECK(::recv(manager.get(), text, sizeof text, 0) == 7);
  CHECK(std::string(text) == "READY=1");
  CHECK(::recv(manager.get(), text, sizeof text, 0) > 0);
  CHECK(std::string(text) == "STATUS=2 links up");
}

TEST_CASE("without a service manager nothing is sent", "[notify]") {
  Environment const none("NOTIFY_SOCKET", std::nullopt);
  CHECK_FALSE(notify_ready());
  Environment const interval("WATCHDOG_USEC", "30000000");
  Environment const pid("WATCHDOG_PID", std::to_string(::getpid()));
  CHECK(watchdog_interval() == Duration(30s));
  Environment const other("WATCHDOG_PID", "1");
  CHECK_FALSE(watchdog_interval());
}
