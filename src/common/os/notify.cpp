#include "common/os/notify.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/os/fd.hpp"

namespace aegis::os {
namespace {

std::optional<std::int64_t> number_from(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  std::int64_t value = 0;
  auto const* const end = text + std::strlen(text);
  auto const [rest, code] = std::from_chars(text, end, value);
  if (code != std::errc() || rest != end) return std::nullopt;
  return value;
}

}  // namespace

bool notify(std::string_view state) {
  const char* const variable = std::getenv("NOTIFY_SOCKET");
  if (variable == nullptr) return false;
  std::string path = variable;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  if (path.front() == '@') {
    path.front() = '\0';  // an abstract name, which has a length instead of an end
  } else if (path.front() != '/') {
    return false;  // a kind of socket that only virtual machines use
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  Fd const fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return false;
  auto const sent = ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), size);
  return sent == static_cast<ssize_t>(state.size());
}

bool notify_status(std::string_view status) {
  std::string line = "STATUS=";
  line += status;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return notify(line);
}

std::optional<Duration> watchdog_interval() {
  auto const interval = number_from("WATCHDOG_USEC");
  if (!interval || *interval <= 0) return std::nullopt;
  auto const pid = number_from("WATCHDOG_PID");
  if (pid && *pid != ::getpid()) return std::nullopt;
  return Duration(*interval);
}

}  // namespace aegis::os
