#include "common/os/run_program.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "common/os/errors.hpp"
#include "common/os/fd.hpp"

namespace aegis::os {
namespace {

constexpr Duration kAskAgain = 100ms;
constexpr int kStandardError = 2;

Error failed(const ProgramRun& run, ErrorKind kind, std::string why) {
  return {kind, run.path.string(), std::move(why), "run it by hand: " + run.path.string()};
}

// A pipe that holds all of `input`, ready to be read; it fits in what the kernel buffers.
Fd filled_pipe(std::string_view input) {
  assert(input.size() <= kMostProgramInput);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Fd();
  Fd read_end(ends[0]), write_end(ends[1]);
  auto const put = ::write(write_end.get(), input.data(), input.size());
  return put == static_cast<ssize_t>(input.size()) ? std::move(read_end) : Fd();
}

// How posix_spawn is to start it; freed with the object.
class SpawnPlan {
 public:
  explicit SpawnPlan(int input) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, 0);
    posix_spawn_file_actions_adddup2(&actions_, kStandardError, 1);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kStandardError + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: what it starts is killed with it.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int start(pid_t& pid, const ProgramRun& run) const {
    auto path = run.path.string();
    auto arguments = run.arguments;
    std::vector<char*> argv{path.data()};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const char* const search = std::getenv("PATH");
    auto variable = fmt::format("PATH={}", search != nullptr ? search : "/usr/bin:/bin");
    char* const environment[] = {variable.data(), nullptr};
    return posix_spawn(&pid, path.c_str(), &actions_, &attributes_, argv.data(), environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Waits until the process is a zombie; false when it is to be killed.
bool wait_for_end(int pid_fd, const ProgramRun& run) {
  auto const deadline = now() + run.patience;
  pollfd waiting{pid_fd, POLLIN, 0};
  while (::poll(&waiting, 1, static_cast<int>(kAskAgain / 1ms)) <= 0)
    if (now() >= deadline || (run.give_up && run.give_up())) return false;
  return true;
}

}  // namespace

Status run_program(const ProgramRun& run) {
  auto const input = filled_pipe(run.input);
  if (!input) return failed(run, ErrorKind::kTryLater, "its input: " + errno_text(errno));
  SpawnPlan const plan(input.get());
  pid_t pid = -1;
  if (int const code = plan.start(pid, run); code != 0)
    return failed(run, ErrorKind::kConfiguration, errno_text(code));
  Fd const pid_fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  bool const in_time = pid_fd && wait_for_end(pid_fd.get(), run);
  if (!in_time) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return failed(run, ErrorKind::kTryLater, "it was killed: it did not end in time");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return success();
  return failed(run, ErrorKind::kTryLater,
                WIFEXITED(status) ? fmt::format("it ended with code {}", WEXITSTATUS(status))
                                  : fmt::format("signal {} ended it", WTERMSIG(status)));
}

}  // namespace aegis::os
