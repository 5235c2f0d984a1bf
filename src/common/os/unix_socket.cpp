#include "common/os/unix_socket.hpp"

#include <array>
#include <cerrno>
#include <map>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/errors.hpp"
#include "common/os/fd.hpp"
#include "common/os/unix_address.hpp"

namespace aegis::os {
namespace {

constexpr Duration kPauseWithoutDescriptors = 200ms;

Fd stream_socket() {
  return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Nothing answers at a socket file whose process is dead.
bool is_stale(const sockaddr_un& address) {
  Fd const probe = stream_socket();
  return probe && ::connect(probe.get(), generic(address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

bool is_socket(const char* path) {
  struct stat status {};
  return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

// Two starting processes must not replace each other's fresh socket, nor take one that is bound and
// does not listen yet for a dead one: one at a time looks and binds.
Fd lock_folder(const std::filesystem::path& folder) {
  Fd lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock && flock(lock.get(), LOCK_EX) != 0) lock.reset();
  return lock;
}

Status start_listening(const Fd& fd, const std::filesystem::path& path, const std::string& what) {
  if (::listen(fd.get(), kMaxControlClients) == 0) return success();
  int const code = errno;
  ::unlink(path.c_str());
  return system_error(code, what);
}

Status listen_at(const Fd& fd, const sockaddr_un& address, const std::filesystem::path& path) {
  auto const what = fmt::format("cannot listen on {}", path.native());
  auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  Fd const lock = lock_folder(folder);
  if (!lock) return system_error(errno, what);
  if (::bind(fd.get(), generic(address), sizeof address) == 0)
    return start_listening(fd, path, what);
  if (errno != EADDRINUSE) return system_error(errno, what);
  if (!is_socket(address.sun_path))
    return Error{ErrorKind::kConfiguration, what, "there is a file that is no socket", {}};
  if (!is_stale(address))
    return Error{ErrorKind::kTryLater, what, "another process listens there", {}};
  ::unlink(address.sun_path);
  if (::bind(fd.get(), generic(address), sizeof address) == 0)
    return start_listening(fd, path, what);
  return system_error(errno, what);
}

bool may_talk(int fd, uid_t owner) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == owner;
}

struct Client {
  Fd fd;
  std::string in;      // the beginning of a line
  std::string out;     // what the socket did not take yet
  bool ended = false;  // has said all, and still reads
};

}  // namespace

struct UnixServer::Impl {
  EventLoop& loop;
  std::filesystem::path path;
  OnLine on_line;
  Fd fd;
  dev_t device = 0;  // of the socket file, to remove no other
  ino_t inode = 0;
  uid_t owner = 0;
  std::map<ClientId, Client> clients;
  ClientId next_client = 1;
  EventLoop::TimerId pause = 0;
  bool accepting = false;

  void start_accepting();
  void stop_accepting();
  void accept_all(Time now);
  void on_ready(ClientId id, Ready ready);
  void read_some(ClientId id);
  void end_of_input(ClientId id, Client& client, bool orderly);
  bool take_lines(ClientId id);
  bool flush(ClientId id, Client& client);
  void drop(ClientId id);
};

void UnixServer::Impl::start_accepting() {
  accepting = true;
  loop.watch(fd.get(), Ready::kRead, [this](Ready, Time now) { accept_all(now); });
}

void UnixServer::Impl::stop_accepting() {
  if (accepting) loop.unwatch(fd.get());
  accepting = false;
}

void UnixServer::Impl::accept_all(Time now) {
  for (;;) {
    Fd peer(accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!peer) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      // No descriptor to spare: the caller stays in the queue, and the loop must not spin on it.
      stop_accepting();
      pause = loop.at(now + kPauseWithoutDescriptors, [this](Time) { start_accepting(); });
      return;
    }
    if (!may_talk(peer.get(), owner) || clients.size() >= kMaxControlClients) continue;
    ClientId const id = next_client++;
    int const number = peer.get();
    clients.emplace(id, Client{std::move(peer), {}, {}, false});
    loop.watch(number, Ready::kRead, [this, id](Ready ready, Time) { on_ready(id, ready); });
  }
}

void UnixServer::Impl::on_ready(ClientId id, Ready ready) {
  if (ready != Ready::kRead) {
    auto const found = clients.find(id);
    if (found == clients.end() || !flush(id, found->second)) return;
  }
  if (ready != Ready::kWrite) read_some(id);
}

// At most one chunk a turn, so that no client can keep the loop for itself.
void UnixServer::Impl::read_some(ClientId id) {
  auto const found = clients.find(id);
  if (found == clients.end()) return;
  std::array<char, 16384> chunk{};
  auto const got = ::recv(found->second.fd.get(), chunk.data(), chunk.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (got <= 0) return end_of_input(id, found->second, got == 0);
  found->second.in.append(chunk.data(), static_cast<std::size_t>(got));
  if (take_lines(id) && clients.at(id).in.size() > kMaxControlLine) drop(id);
}

// Who closes only its sending half still gets what it asked for.
void UnixServer::Impl::end_of_input(ClientId id, Client& client, bool orderly) {
  if (!orderly || client.out.empty()) return drop(id);
  client.ended = true;
  loop.change(client.fd.get(), Ready::kWrite);
}

// Hands over each whole line. False when the client was dropped on the way.
bool UnixServer::Impl::take_lines(ClientId id) {
  for (;;) {
    auto const found = clients.find(id);
    if (found == clients.end()) return false;
    auto& in = found->second.in;
    auto const end = in.find('\n');
    if (end == std::string::npos) return true;
    if (end > kMaxControlLine) return drop(id), false;
    std::string const line = in.substr(0, end);
    in.erase(0, end + 1);
    if (!line.empty()) on_line(id, line);
  }
}

// Writes what the socket takes; false when the client was dropped.
bool UnixServer::Impl::flush(ClientId id, Client& client) {
  while (!client.out.empty()) {
    auto const sent =
        ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) return drop(id), false;
    client.out.erase(0, static_cast<std::size_t>(sent));
  }
  if (client.out.size() > kMaxControlBacklog) return drop(id), false;
  if (client.ended && client.out.empty()) return drop(id), false;
  if (client.ended) return true;
  loop.change(client.fd.get(), client.out.empty() ? Ready::kRead : Ready::kReadWrite);
  return true;
}

void UnixServer::Impl::drop(ClientId id) {
  auto const found = clients.find(id);
  if (found == clients.end()) return;
  loop.unwatch(found->second.fd.get());
  clients.erase(found);
}

UnixServer::UnixServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

UnixServer::~UnixServer() {
  auto& self = *impl_;
  self.stop_accepting();
  self.loop.cancel(self.pause);
  while (!self.clients.empty()) self.drop(self.clients.begin()->first);
  struct stat status {};
  if (lstat(self.path.c_str(), &status) == 0 && status.st_dev == self.device &&
      status.st_ino == self.inode)
    ::unlink(self.path.c_str());
}

Result<std::unique_ptr<UnixServer>> UnixServer::listen(EventLoop& loop,
                                                       const std::filesystem::path& path,
                                                       OnLine on_line) {
  auto const what = fmt::format("cannot listen on {}", path.native());
  auto const address = unix_address(path);
  if (!address) return address.error();
  Fd fd = stream_socket();
  // The file that bind() makes takes the socket's mode, so it is never open to others, not even for
  // a moment; the umask belongs to all threads and is left alone.
  if (!fd || fchmod(fd.get(), 0600) != 0) return system_error(errno, what);
  if (auto bound = listen_at(fd, *address, path); !bound) return bound.error();
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return system_error(errno, what);
  auto impl = std::make_unique<Impl>(Impl{.loop = loop,
                                          .path = path,
                                          .on_line = std::move(on_line),
                                          .fd = std::move(fd),
                                          .device = status.st_dev,
                                          .inode = status.st_ino,
                                          .owner = geteuid(),
                                          .clients = {}});
  impl->start_accepting();
  return std::unique_ptr<UnixServer>(new UnixServer(std::move(impl)));
}

bool UnixServer::send(ClientId client, std::string_view text) {
  auto const found = impl_->clients.find(client);
  if (found == impl_->clients.end()) return false;
  found->second.out.append(text);
  found->second.out += '\n';
  return impl_->flush(client, found->second);
}

std::size_t UnixServer::clients() const {
  return impl_->clients.size();
}

void remove_dead_sockets(const std::filesystem::path& folder, std::string_view prefix) {
  Fd const lock = lock_folder(folder);
  if (!lock) return;
  std::error_code code;
  for (auto const& entry : std::filesystem::directory_iterator(folder, code)) {
    auto const name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(".sock") || !is_socket(entry.path().c_str()))
      continue;
    auto const address = unix_address(entry.path());
    if (address && is_stale(*address)) ::unlink(entry.path().c_str());
  }
}

}  // namespace aegis::os
