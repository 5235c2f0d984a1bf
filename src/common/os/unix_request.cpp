#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/os/clock.hpp"
#include "common/os/errors.hpp"
#include "common/os/unix_address.hpp"
#include "common/os/unix_socket.hpp"

namespace aegis::os {

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto const& text = path.native();
  if (text.empty() || text.size() >= sizeof address.sun_path)
    return Error{ErrorKind::kConfiguration, fmt::format("cannot use the socket path '{}'", text),
                 "it must have 1 to 107 bytes", "choose a shorter runtime directory"};
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

namespace {

// A non-blocking conversation with a deadline.
class Conversation {
 public:
  Conversation(const std::filesystem::path& path, Duration timeout)
      : what_(fmt::format("no answer from {}", path.native())), deadline_(now() + timeout) {}

  Status connect(const sockaddr_un& address) {
    fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_) return system_error(errno, what_);
    while (::connect(fd_.get(), generic(address), sizeof address) != 0) {
      if (errno == ENOENT || errno == ECONNREFUSED)
        return Error{ErrorKind::kUnreachable, what_, "nothing is running there", {}};
      if (errno == EINTR) continue;
      // A full backlog; poll() cannot wait for that.
      if (errno != EAGAIN || now() >= deadline_) return system_error(errno, what_);
      ::poll(nullptr, 0, 10);
    }
    return success();
  }

  Status send_all(std::string_view text) {
    while (!text.empty()) {
      auto const sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (auto ready = wait_unless_fatal(POLLOUT); !ready) {
        return ready.error();
      }
    }
    return success();
  }

  Result<std::string> receive_line() {
    std::string line;
    std::array<char, 16384> chunk{};
    for (;;) {
      auto const got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
      if (got == 0)
        return Error{ErrorKind::kTryLater, what_, "it closed the connection", "too many clients?"};
      if (got < 0) {
        if (auto ready = wait_unless_fatal(POLLIN); !ready) return ready.error();
        continue;
      }
      std::string_view const text(chunk.data(), static_cast<std::size_t>(got));
      auto const end = text.find('\n');
      line += text.substr(0, end);
      if (end != std::string_view::npos) return line;
      if (line.size() > kMaxControlBacklog)
        return Error{ErrorKind::kProtocol, what_, "the answer has no end", {}};
    }
  }

 private:
  // After a call that gave an error: waits when waiting helps.
  Status wait_unless_fatal(short events) {
    if (errno == EINTR) return success();
    if (errno == EPIPE || errno == ECONNRESET)
      return Error{ErrorKind::kTryLater, what_, "it closed the connection", "too many clients?"};
    if (errno != EAGAIN && errno != EWOULDBLOCK) return system_error(errno, what_);
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now()).count();
    if (left <= 0) return Error{ErrorKind::kTryLater, what_, "it took too long", {}};
    pollfd waiting{fd_.get(), events, 0};
    ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    return success();
  }

  std::string what_;
  Time deadline_;
  Fd fd_;
};

}  // namespace

Result<std::string> unix_request(const std::filesystem::path& path, std::string_view line,
                                 Duration timeout) {
  assert(line.find('\n') == std::string_view::npos);
  auto const address = unix_address(path);
  if (!address) return address.error();
  Conversation conversation(path, timeout);
  if (auto connected = conversation.connect(*address); !connected) return connected.error();
  if (auto sent = conversation.send_all(std::string(line) + '\n'); !sent) return sent.error();
  return conversation.receive_line();
}

}  // namespace aegis::os
