#include "common/os/unix_socket.hpp"

#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "support/temp_dir.hpp"

using namespace aegis;
using namespace aegis::os;
namespace fs = std::filesystem;

namespace {

// A server on a thread of its own; `answer` runs there.
class Running {
 public:
  Running(const fs::path& path,
          std::function<void(UnixServer&, UnixServer::ClientId, std::string_view)> answer) {
    auto made = UnixServer::listen(
        loop_, path, [this, answer](auto client, auto line) { answer(*server_, client, line); });
    INFO((made ? std::string() : made.error().why));
    REQUIRE(made);
    server_ = std::move(made).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Running() {
    loop_.stop();
    thread_.join();
  }

 private:
  EventLoop loop_;
  std::unique_ptr<UnixServer> server_;
  std::thread thread_;
};

void echo(UnixServer& server, UnixServer::ClientId client, std::string_view line) {
  server.send(client, "you said " + std::string(line));
}

Fd connect_to(const fs::path& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  timeval const limit{5, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return fd;
}

// Everything until the other side closes.
std::string read_to_end(const Fd& fd) {
  std::string all;
  std::vector<char> chunk(65536);
  for (;;) {
    auto const got = ::recv(fd.get(), chunk.data(), chunk.size(), 0);
    if (got <= 0) return all;
    all.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

TEST_CASE("a request gets its answer, and the socket is for its owner only", "[unix]") {
  test::TempDir dir;
  auto const path = dir.path() / "control";
  {
    Running const server(path, echo);
    struct stat status {};
    REQUIRE(lstat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    auto const answer = unix_request(path, "hello", 5s);
    REQUIRE(answer);
    CHECK(*answer == "you said hello");
  }
  CHECK_FALSE(fs::exists(path));
  auto const gone = unix_request(path, "hello", 1s);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == ErrorKind::kUnreachable);
}

TEST_CASE("a stale socket is replaced, a live one and a plain file are not", "[unix]") {
  test::TempDir dir;
  auto const path = dir.path() / "control";
  EventLoop loop;
  auto const nothing = [](UnixServer::ClientId, std::string_view) {};
  {
    Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  REQUIRE(fs::exists(path));
  auto first = UnixServer::listen(loop, path, nothing);
  REQUIRE(first);
  auto const second = UnixServer::listen(loop, path, nothing);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::kTryLater);
  CHECK(fs::exists(path));

  auto const file = dir.path() / "file";
  std::ofstream(file) << "precious";
  auto const third = UnixServer::listen(loop, file, nothing);
  REQUIRE_FALSE(third);
  CHECK(third.error().kind == ErrorKind::kConfiguration);
  CHECK(fs::file_size(file) == 8);

  CHECK_FALSE(UnixServer::listen(loop, dir.path() / std::string(120, 'x'), nothing));
}

TEST_CASE("lines are told apart however they arrive; an endless one ends the client", "[unix]") {
  test::TempDir dir;
  auto const path = dir.path() / "control";
  Running const server(path, echo);
  auto const several = connect_to(path);
  std::string const text = "a\nb\n\nlong " + std::string(kMaxControlLine - 5, 'x') + "\npart";
  REQUIRE(::send(several.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  ::shutdown(several.get(), SHUT_WR);
  CHECK(read_to_end(several) ==
        "you said a\nyou said b\nyou said long " + std::string(kMaxControlLine - 5, 'x') + "\n");

  auto const endless = connect_to(path);
  std::string const flood(kMaxControlLine + 1, 'x');
  ::send(endless.get(), flood.data(), flood.size(), MSG_NOSIGNAL);
  CHECK(read_to_end(endless).empty());  // closed by the server

  CHECK(unix_request(path, "still there?", 5s));
}

TEST_CASE("a client that does not read is dropped, and nobody waits for it", "[unix]") {
  test::TempDir dir;
  auto const path = dir.path() / "control";
  std::atomic<bool> dropped = false;
  Running const server(path,
                       [&](UnixServer& s, UnixServer::ClientId client, std::string_view line) {
                         if (line != "flood") return echo(s, client, line);
                         std::string const block(64 * 1024, 'x');
                         for (int i = 0; i < 1000; ++i) {
                           if (s.send(client, block)) continue;
                           dropped = true;
                           return;
                         }
                       });
  auto const slow = connect_to(path);
  REQUIRE(::send(slow.get(), "flood\n", 6, 0) == 6);
  CHECK(unix_request(path, "hello", 5s));
  CHECK(dropped);
}

TEST_CASE("clients over the limit are turned away; their places come free again", "[unix]") {
  test::TempDir dir;
  auto const path = dir.path() / "control";
  Running const server(path, echo);
  std::vector<Fd> clients;
  for (std::size_t i = 0; i < kMaxControlClients; ++i) clients.push_back(connect_to(path));
  auto const refused = unix_request(path, "one more", 5s);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kTryLater);
  clients.clear();
  Result<std::string> answer = refused;
  for (int i = 0; i < 100 && !answer; ++i) {
    answer = unix_request(path, "one more", 5s);
    std::this_thread::sleep_for(10ms);
  }
  CHECK(answer);
}

TEST_CASE("a server that does not answer in time is given up", "[unix]") {
  test::TempDir dir;
  auto const path = dir.path() / "control";
  Running const server(path, [](UnixServer&, UnixServer::ClientId, std::string_view) {});
  Time const start = now();
  auto const answer = unix_request(path, "hello", 100ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTryLater);
  CHECK(now() - start >= 100ms);
  CHECK(now() - start < 3s);
}

TEST_CASE("another user is not answered", "[unix]") {
  if (geteuid() != 0) {
    WARN("only root can become another user");
    return;
  }
  test::TempDir dir;
  auto const path = dir.path() / "control";
  Running const server(path, echo);
  REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(path.c_str(), 0666) == 0);  // past the first lock, the second one must hold
  REQUIRE(::seteuid(65534) == 0);
  auto const fd = connect_to(path);
  REQUIRE(::seteuid(0) == 0);
  ::send(fd.get(), "hello\n", 6, MSG_NOSIGNAL);
  CHECK(read_to_end(fd).empty());
}

TEST_CASE("dead sockets are removed, live ones and other files are not", "[unix]") {
  test::TempDir dir;
  auto const leave_dead = [&](const char* name) {
    auto const path = dir.path() / name;
    Fd const fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return path;
  };
  auto const dead = leave_dead("stream-1.sock");
  auto const foreign = leave_dead("other-1.sock");
  auto const live = dir.path() / "stream-2.sock";
  Running const server(live, echo);
  auto const file = dir.path() / "stream-3.sock";
  std::ofstream(file) << "no socket";
  remove_dead_sockets(dir.path(), "stream-");
  CHECK_FALSE(fs::exists(dead));
  CHECK(fs::exists(foreign));
  CHECK(fs::exists(live));
  CHECK(fs::exists(file));
  remove_dead_sockets(dir.path() / "none", "stream-");
}
