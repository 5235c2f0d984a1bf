// The state file under many writers, under death at every step of a save, and on disks that fail.
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
#include "small_disk.hpp"

namespace aegis::config {
namespace {

using test::SmallDisk;
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

std::set<std::string> without(std::set<std::string> names, const std::string& name) {
  names.erase(name);
  return names;
}

// Adds stream "new" in a child that is killed at its system call stop number `stop`. True when it
// died of that, false when it had finished first.
bool die_while_adding(const std::filesystem::path& file, int stop) {
  auto const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    ::_exit(add(file, "new").ok() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);  // its own SIGSTOP
  for (int i = 0; i < stop; ++i) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) break;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status)) continue;
    REQUIRE(WEXITSTATUS(status) == 0);
    return false;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return true;
}

// Whatever happened, there are these files and no others, and nobody else reads them.
bool is_tidy(const std::filesystem::path& directory) {
  static std::set<std::string> const kExpected{"state.toml", "state.toml.lock", "state.toml.new",
                                               "state.toml.schema-2", "state.toml.schema-2.new"};
  if (!std::filesystem::exists(directory)) return true;
  for (auto const& entry : std::filesystem::directory_iterator(directory))
    if (!kExpected.contains(entry.path().filename()) || test::mode_of(entry.path()) != 0600)
      return false;
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
  auto const stream = std::string("[[stream]]\nname = \"old\"\n") +
                      "publish_key = \"pub-0123456789abcdefghjkmnpq\"\n" +
                      "play_key = \"play-0123456789abcdefghjkmnpq\"\n";
  // The first save makes the directory; one of an older schema keeps that beside it.
  auto const old = GENERATE_COPY(std::string(), "schema = 3\n" + stream, "schema = 2\n" + stream);
  INFO(old);
  TempDir const scratch;
  auto const directory = scratch / "aegis", file = directory / "state.toml";
  auto const kept = directory / "state.toml.schema-2";
  auto const before = old.empty() ? std::set<std::string>{} : std::set<std::string>{"old"};
  int killed = 0, seen_old = 0, seen_new = 0;
  for (bool cut = true; cut;) {
    std::filesystem::remove_all(directory);
    if (!old.empty()) {
      std::filesystem::create_directory(directory);
      test::write_file(file, old, 0600);
    }
    cut = die_while_adding(file, ++killed);
    auto const found = names(file);
    bool const is_new = found.size() > before.size();
    is_new ? ++seen_new : ++seen_old;
    if (is_new || old.empty()) {
      REQUIRE(without(found, "new") == before);
    } else {
      REQUIRE(test::read_file(file) == old);
    }
    REQUIRE(is_tidy(directory));
    // Nothing that the crash has left stands in the way of the next save, or outlasts it.
    REQUIRE(add(file, "next").ok());
    REQUIRE(names(file).contains("next"));
    REQUIRE_FALSE(std::filesystem::exists(directory / "state.toml.new"));
    if (std::filesystem::exists(kept)) REQUIRE(test::read_file(kept) == old);
    REQUIRE(std::filesystem::exists(kept) == (old.find("schema = 2") == 0));
  }
  CHECK(killed > 20);
  CHECK(seen_old > 0);
  CHECK(seen_new > 0);
}

TEST_CASE("a full disk costs the new state and nothing else", "[state]") {
  SmallDisk::within([](const SmallDisk& disk) {
    auto const schema = GENERATE(std::string("3"), std::string("2"));
    auto const file = disk.path() / ("state-" + schema + ".toml");
    auto const old = "schema = " + schema + "\n";
    test::write_file(file, old, 0600);
    disk.fill();
    for (int free_pages = 0;; ++free_pages) {
      auto const added = add(file, "new");
      if (added) break;
      REQUIRE(free_pages < 4);
      CHECK(added.error().kind == ErrorKind::kConfiguration);
      CHECK(added.error().what.find(disk.path().string()) != std::string::npos);
      CHECK(added.error().why == "writing: No space left on device");
      CHECK(added.error().hint == "make room; see: df -h " + disk.path().string());
      CHECK(test::read_file(file) == old);
      CHECK_FALSE(std::filesystem::exists(file.string() + ".new"));
      disk.free_page();
    }
    CHECK(names(file) == std::set<std::string>{"new"});
  });
}

TEST_CASE("a disk without a free inode is a full one", "[state]") {
  SmallDisk::within([](const SmallDisk& disk) {
    disk.use_up_inodes();
    auto const added = add(disk.path() / "aegis/state.toml", "new");
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().why == "making the directory: No space left on device");
    CHECK(added.error().hint == "make room; see: df -h " + disk.path().string());
    CHECK(add(disk.path() / "state.toml", "new").error().why ==
          "locking it: No space left on device");
  });
}

TEST_CASE("on a disk that can only be read the state is read and nothing else", "[state]") {
  SmallDisk::within([](const SmallDisk& disk) {
    auto const file = disk.path() / "state.toml";
    REQUIRE(add(file, "old"));
    auto const old = test::read_file(file);
    disk.make_read_only();
    CHECK(names(file) == std::set<std::string>{"old"});
    auto const added = add(file, "new");
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().what == "state file " + file.string());
    CHECK(added.error().why == "locking it: Read-only file system");
    CHECK(added.error().hint == "name a place that can be written with --state FILE");
    CHECK(test::read_file(file) == old);
  });
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
