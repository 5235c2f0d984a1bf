#include "common/config/file_lock.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/private_file.hpp"
#include "common/os/clock.hpp"

namespace aegis::config {
namespace {

constexpr Duration kPause = 10ms;

// The pid that the holder wrote, "" when it has not got so far.
std::string holder_of(int fd) {
  std::array<char, 24> text{};
  auto const size = ::pread(fd, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < size; ++i) {
    char const c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') break;
    pid.push_back(c);
  }
  return pid;
}

// For people only, so a failure to write it is no failure of the lock.
void sign(int fd) {
  auto const pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, pid.data(), pid.size(), 0);
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& file, std::string_view noun,
                                   Duration patience) {
  auto lock_file = file;
  lock_file += ".lock";
  os::Fd fd(
      ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!fd) return not_writable(noun, file, "locking it", errno);
  std::string holder;
  Time deadline = os::now() + patience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return not_writable(noun, file, "locking it", errno);
    if (auto const now_holds = holder_of(fd.get()); now_holds != holder) {
      holder = now_holds;
      deadline = os::now() + patience;
    }
    if (os::now() >= deadline)
      return Error{ErrorKind::kTryLater, fmt::format("{} {}", noun, quoted(file)),
                   holder.empty() ? std::string("another process keeps it locked")
                                  : fmt::format("process {} keeps it locked", holder),
                   holder.empty() ? fmt::format("fuser -v {}", quoted(lock_file))
                                  : fmt::format("see what it is: ps -fp {}", holder)};
    std::this_thread::sleep_for(kPause);
  }
  sign(fd.get());
  return FileLock(std::move(fd));
}

}  // namespace aegis::config
