// The state file under many writers, and under death at every step of a save.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config/file_lock.hpp"
#include "common/config/state.hpp"
#include "common/crypto/random.hpp"
#include "file_modes.hpp"

namespace aegis::config {
namespace {

using test::TempDir;

Status add(const std::filesystem::path& file, const std::string& name) {
  return update_state(file, [&](State& state) {
    Stream stream;
    stream.name = name;
    stream.publish_key = crypto::random_token();
    stream.play_key = crypto::random_token();
    state.streams.push_back(std::move(stream));
    return success();
  });
}

std::set<std::string> names(const std::filesystem::path& file) {
  auto const state = load_state(file);
  REQUIRE(state.ok());
  std::set<std::string> found;
  for (auto const& stream : state->streams) found.insert(stream.name);
  return found;
}

// Lets a traced child run `steps` system call stops, then kills it. True when it died of that,
// false when it had finished first.
bool run_and_kill(pid_t child, int steps) {
  int status = 0;
  ::waitpid(child, &status, 0);  // its own SIGSTOP
  for (int i = 0; i < steps; ++i) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) break;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) return false;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return true;
}

}  // namespace

TEST_CASE("fifty processes add a stream each, and none is lost", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  std::vector<pid_t> children;
  for (int i = 0; i < 50; ++i) {
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(add(file, "cam-" + std::to_string(i)).ok() ? 0 : 1);
    children.push_back(child);
  }
  int failures = 0;
  for (auto const child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    failures += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
  }
  CHECK(failures == 0);
  CHECK(names(file).size() == 50);
  CHECK_FALSE(std::filesystem::exists(scratch / "state.toml.new"));
}

TEST_CASE("killed at any system call of a save, the file is the old one or the new one",
          "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  REQUIRE(add(file, "old"));
  int killed = 0, seen_old = 0, seen_new = 0;
  for (int step = 1;; ++step) {
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
      ::_exit(add(file, "new").ok() ? 0 : 1);
    }
    bool const cut = run_and_kill(child, step);
    auto const found = names(file);
    CHECK(test::mode_of(file) == 0600);
    REQUIRE(
        (found == std::set<std::string>{"old"} || found == std::set<std::string>{"old", "new"}));
    found.contains("new") ? ++seen_new : ++seen_old;
    if (!cut) break;
    ++killed;
    if (found.contains("new"))
      REQUIRE(update_state(file, [](State& state) {
        std::erase_if(state.streams, [](const Stream& stream) { return stream.name == "new"; });
        return success();
      }));
  }
  CHECK(killed > 20);
  CHECK(seen_old > 0);
  CHECK(seen_new > 0);
  // A crash's leftovers do not stand in the way of the next save.
  CHECK(add(file, "next").ok());
}

TEST_CASE("a lock that one process keeps is given up on, and its pid told", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  auto const held = FileLock::acquire(file, "state file");
  REQUIRE(held.ok());
  auto const again = FileLock::acquire(file, "state file", 100ms);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().kind == ErrorKind::kTryLater);
  CHECK(again.error().why == "process " + std::to_string(::getpid()) + " keeps it locked");
  CHECK(load_state(file).ok());  // readers never wait
}

TEST_CASE("a lock goes with the process that held it", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  auto const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto const held = FileLock::acquire(file, "state file");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK(FileLock::acquire(file, "state file", 100ms).ok());
}

}  // namespace aegis::config
