// The local control socket: lines of text over a Unix stream socket, for this user and root only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/os/event_loop.hpp"

namespace aegis::os {

// Longest line a client may send, and how many clients there may be.
inline constexpr std::size_t kMaxControlLine = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxControlClients = 16;
// What may wait for a client that does not read, before it is dropped; also the longest answer.
inline constexpr std::size_t kMaxControlBacklog = std::size_t{4} * 1024 * 1024;

// Serves on one loop; not thread-safe. Nobody is waited for: a client that sends an endless line,
// or does not read what it asked for, is dropped.
class UnixServer {
 public:
  using ClientId = std::uint64_t;  // never reused
  // `line` comes without its line break and is valid during the call. Must not destroy the server.
  using OnLine = std::function<void(ClientId, std::string_view line)>;

  // The socket file has mode 0600. A file that a dead process left is replaced; when a live one
  // listens there the error is kTryLater. `loop` outlives the server.
  static Result<std::unique_ptr<UnixServer>> listen(EventLoop& loop,
                                                    const std::filesystem::path& path,
                                                    OnLine on_line);
  ~UnixServer();  // drops the clients and removes the socket file

  // Sends one line (the break is added). False when the client is gone.
  bool send(ClientId client, std::string_view text);
  std::size_t clients() const;

 private:
  struct Impl;
  explicit UnixServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Removes the sockets in `folder` that are named PREFIX*.sock and whose process is dead. What
// cannot be removed stays.
void remove_dead_sockets(const std::filesystem::path& folder, std::string_view prefix);

// Sends one line and waits for one line; blocks for up to `timeout`. Errors: kUnreachable when
// nothing listens there, kTryLater when it does not answer in time, kRefused without the right.
Result<std::string> unix_request(const std::filesystem::path& path, std::string_view line,
                                 Duration timeout);

}  // namespace aegis::os
