#include "support/process.hpp"

#include <csignal>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "support/temp_dir.hpp"
#include "support/wait.hpp"

using namespace aegis;
using namespace aegis::test;

TEST_CASE("A process gives back its code and its words") {
  TempDir folder;
  Outcome const outcome = run({{"sh", "-c", "echo out; echo err >&2; exit 7"}}, folder.path());
  CHECK(outcome.code == 7);
  CHECK(outcome.out == "out\n");
  CHECK(outcome.err == "err\n");
  CHECK(run({{"/no/such/program"}}, folder.path()).code == 127);
}

TEST_CASE("A process sees a bare environment") {
  TempDir folder;
  ::setenv("AEGIS_TEST_LEAK", "yes", 1);
  Outcome const outcome = run({{"env"}, "", nullptr, {{"GIVEN", "value"}}}, folder.path());
  ::unsetenv("AEGIS_TEST_LEAK");
  CHECK(outcome.out.find("AEGIS_TEST_LEAK") == std::string::npos);
  CHECK(outcome.out.find("GIVEN=value\n") != std::string::npos);
  CHECK(outcome.out.find("HOME=" + folder.path().string()) != std::string::npos);
}

TEST_CASE("Signals, deadlines and the end of a group") {
  TempDir folder;
  Process sleeper({{"sleep", "100"}}, folder.path());
  CHECK_FALSE(sleeper.wait(50ms));
  sleeper.signal(SIGINT);
  CHECK(sleeper.wait(2s) == 128 + SIGINT);
  Process deaf({{"sh", "-c", "trap '' TERM; sleep 100 & echo $!; wait; wait"}, "deaf"},
               folder.path());
  REQUIRE(wait_until([&] { return !deaf.out().empty(); }, 2s));
  CHECK_FALSE(deaf.stop(200ms));
  int const child = std::stoi(deaf.out());
  CHECK(wait_until(
      [&] {
        std::string const stat = read_file("/proc/" + std::to_string(child) + "/stat");
        return stat.empty() || stat.find(") Z ") != std::string::npos;
      },
      2s));
}

TEST_CASE("The time that a process has used is known while it runs and after") {
  TempDir folder;
  Process busy({{"sh", "-c", "i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done"}}, folder.path());
  CHECK(wait_until([&] { return busy.cpu_seconds() > 0.1; }, 20s));
  busy.stop();
  CHECK(busy.cpu_seconds() > 0.1);
}

TEST_CASE("The ports that a process holds are seen from outside") {
  TempDir folder;
  int const port = free_port();
  Process listener(
      {{"srt-live-transmit", "srt://:" + std::to_string(port) + "?mode=listener", "file://con"},
       "listener"},
      folder.path());
  CHECK(wait_until([&] { return listener.has_udp_port(port); }, 5s));
  CHECK_FALSE(listener.has_udp_port(port == 9 ? 10 : 9));
}
