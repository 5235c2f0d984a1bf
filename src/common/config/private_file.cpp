#include "common/config/private_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/bytes.hpp"
#include "common/crypto/random.hpp"
#include "common/os/fd.hpp"

namespace aegis::config {
namespace {

constexpr mode_t kPrivateMode = 0600;
constexpr mode_t kModeBits = 07777;

Error broken(std::string_view noun, const std::filesystem::path& file, std::string why,
             std::string hint) {
  return {ErrorKind::kConfiguration, fmt::format("{} {}", noun, quoted(file)), std::move(why),
          std::move(hint)};
}

// A failed system call in words, with what usually helps.
Error failed(std::string_view noun, const std::filesystem::path& file, std::string_view doing,
             int code) {
  auto const directory = quoted(file.parent_path());
  std::string hint = fmt::format("ls -ld {} {}", directory, quoted(file));
  if (code == ENOSPC || code == EDQUOT) hint = fmt::format("make room; see: df -h {}", directory);
  if (code == EROFS) hint = "choose a place that can be written";
  return broken(noun, file, fmt::format("{}: {}", doing, std::generic_category().message(code)),
                std::move(hint));
}

std::string user_name(uid_t uid) {
  auto const* entry = getpwuid(uid);
  return entry != nullptr ? std::string(entry->pw_name) : std::to_string(uid);
}

Status check_rules(const std::filesystem::path& file, const struct stat& info,
                   const PrivateFileRules& rules) {
  if (!S_ISREG(info.st_mode))
    return broken(rules.noun, file, "not a regular file", fmt::format("ls -ld {}", quoted(file)));
  bool const foreign = info.st_uid != geteuid();
  // A file that root keeps for us (a service's credentials) is as good as our own, when it is not
  // ours to write.
  bool const acceptable = !foreign || (!rules.exactly_0600 && info.st_uid == 0);
  if (!acceptable)
    return broken(
        rules.noun, file,
        fmt::format("it belongs to {}, not to {}", user_name(info.st_uid), user_name(geteuid())),
        fmt::format("chown {} {}", user_name(geteuid()), quoted(file)));
  mode_t const mode = info.st_mode & kModeBits;
  bool const loose = (mode & 077) != 0;
  if (loose || (rules.exactly_0600 && mode != kPrivateMode))
    return broken(rules.noun, file,
                  fmt::format("its mode is {:04o}{}", mode,
                              loose ? ": others may read or change its keys" : ", not 0600"),
                  fmt::format("chmod 600 {}", quoted(file)));
  if (static_cast<std::uintmax_t>(info.st_size) > rules.max_bytes)
    return broken(rules.noun, file, fmt::format("longer than {} bytes", rules.max_bytes),
                  fmt::format("ls -l {}", quoted(file)));
  return success();
}

// Reads to the end; at most max_bytes, whatever the file does meanwhile.
Result<crypto::Secret> read_all(int fd, const std::filesystem::path& file,
                                const PrivateFileRules& rules) {
  std::string text(rules.max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    auto const got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(rules.noun, file, "reading", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > rules.max_bytes) return failed(rules.noun, file, "reading", EFBIG);
  crypto::Secret content(std::string_view(text).substr(0, size));
  explicit_bzero(text.data(), size);
  return content;
}

Status write_all(int fd, std::string_view content, const std::filesystem::path& file,
                 std::string_view noun) {
  while (!content.empty()) {
    auto const put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed(noun, file, "writing", errno);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd) != 0) return failed(noun, file, "writing to the disk", errno);
  return success();
}

// The rename itself must survive a power cut, so the directory is flushed too.
Status sync_directory(const std::filesystem::path& file, std::string_view noun) {
  os::Fd const directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return failed(noun, file, "opening its directory", errno);
  // Some file systems cannot flush a directory and say EINVAL: they order renames by themselves.
  if (::fsync(directory.get()) != 0 && errno != EINVAL)
    return failed(noun, file, "flushing its directory", errno);
  return success();
}

// By way of `fresh`, which must not be there and is gone afterwards.
Status replace_through(const std::filesystem::path& fresh, const std::filesystem::path& file,
                       std::string_view content, std::string_view noun) {
  os::Fd fd(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivateMode));
  if (!fd) return failed(noun, file, "creating the new one beside it", errno);
  auto written = [&]() -> Status {
    // A umask that takes the owner's own rights would leave a file that the next run refuses.
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return failed(noun, file, "looking at it", errno);
    if ((info.st_mode & kModeBits) != kPrivateMode && ::fchmod(fd.get(), kPrivateMode) != 0)
      return failed(noun, file, "setting its mode", errno);
    if (auto put = write_all(fd.get(), content, file, noun); !put) return put;
    if (::rename(fresh.c_str(), file.c_str()) != 0)
      return failed(noun, file, "putting the new one in its place", errno);
    return success();
  }();
  if (!written) {
    ::unlink(fresh.c_str());
    return written;
  }
  return sync_directory(file, noun);
}

}  // namespace

Error not_writable(std::string_view noun, const std::filesystem::path& file, std::string_view doing,
                   int code) {
  auto error = failed(noun, file, doing, code);
  if (code != ENOSPC && code != EDQUOT)
    error.hint = "name a place that can be written with --state FILE";
  return error;
}

std::string quoted(const std::filesystem::path& path) {
  std::string text = path.string();
  bool const plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::strchr("/._-+:@,", c) != nullptr;
  });
  if (plain) return text;
  std::string out = "'";
  for (char const c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      // Nobody pastes a control character; none may reach the terminal either.
      out += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? '?' : c;
    }
  }
  return out + "'";
}

Result<std::optional<crypto::Secret>> read_private_file(const std::filesystem::path& file,
                                                        const PrivateFileRules& rules) {
  // O_NONBLOCK: a FIFO in the file's place must not hang us; check_rules() then refuses it.
  int const flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (rules.follow_links ? 0 : O_NOFOLLOW);
  os::Fd const fd(::open(file.c_str(), flags));
  if (!fd) {
    int const code = errno;
    if (code == ENOENT) return std::optional<crypto::Secret>();
    if (code == ELOOP && !rules.follow_links)
      return broken(rules.noun, file, "it is a symbolic link",
                    fmt::format("name the file itself: $(readlink -f {})", quoted(file)));
    return failed(rules.noun, file, "opening", code);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return failed(rules.noun, file, "looking at it", errno);
  if (auto const fit = check_rules(file, info, rules); !fit) return fit.error();
  auto content = read_all(fd.get(), file, rules);
  if (!content) return content.error();
  return std::optional<crypto::Secret>(std::move(*content));
}

Status replace_private_file(const std::filesystem::path& file, std::string_view content,
                            std::string_view noun) {
  auto fresh = file;
  fresh += ".new";
  ::unlink(fresh.c_str());
  return replace_through(fresh, file, content, noun);
}

Status put_private_file(const std::filesystem::path& file, std::string_view content,
                        std::string_view noun) {
  std::array<std::byte, 8> drawn{};
  crypto::random_bytes(drawn);
  auto fresh = file;
  fresh += fmt::format(".{:016x}.new", load_u64(drawn, 0));
  return replace_through(fresh, file, content, noun);
}

Status make_private_directory(const std::filesystem::path& directory, std::string_view noun) {
  if (directory.empty()) return success();
  if (::mkdir(directory.c_str(), 0700) == 0) return success();
  if (errno == ENOENT && directory.has_parent_path() && directory != directory.parent_path()) {
    if (auto above = make_private_directory(directory.parent_path(), noun); !above) return above;
    if (::mkdir(directory.c_str(), 0700) == 0) return success();
  }
  struct stat info {};
  if (errno == EEXIST && ::stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
    return success();
  int const code = errno == EEXIST ? ENOTDIR : errno;
  return not_writable(noun, directory, "making the directory", code);
}

}  // namespace aegis::config
