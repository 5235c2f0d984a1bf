#include "common/os/paths.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/errors.hpp"

namespace aegis::os {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// lstat: a link that somebody planted in /tmp is not followed.
Status check_ours(const std::string& path) {
  auto const what = fmt::format("cannot use {}", path);
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return system_error(errno, what);
  if (!S_ISDIR(status.st_mode)) return Error{ErrorKind::kRefused, what, "it is no directory", {}};
  if (status.st_uid != geteuid())
    return Error{ErrorKind::kRefused, what, "it belongs to another user",
                 "set XDG_RUNTIME_DIR to a directory of your own"};
  if ((status.st_mode & 022) != 0)
    return Error{ErrorKind::kRefused, what, "others can write to it",
                 fmt::format("chmod 700 {}", path)};
  return success();
}

Result<std::filesystem::path> make(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return system_error(errno, fmt::format("cannot make {}", path));
  if (auto ours = check_ours(path); !ours) return ours.error();
  return std::filesystem::path(path);
}

}  // namespace

Result<std::filesystem::path> runtime_directory() {
  if (auto given = environment("RUNTIME_DIRECTORY"); !given.empty()) {
    // systemd names several, separated by colons; made and owned as the unit says.
    return std::filesystem::path(given.substr(0, given.find(':')));
  }
  if (auto const user = environment("XDG_RUNTIME_DIR"); !user.empty()) return make(user + "/aegis");
  if (geteuid() == 0) return make("/run/aegis");
  return make(fmt::format("/tmp/aegis-{}", geteuid()));
}

}  // namespace aegis::os
