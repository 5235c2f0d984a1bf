#include "common/http/get.hpp"

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/os/fd.hpp"

namespace aegis::http {
namespace {

// Takes one connection, says `answer`, and holds the connection for `hold`.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer, Duration hold = 0s)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), generic, size) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    ::getsockname(listener_.get(), generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), hold] { serve(answer, hold); });
  }
  ~OneAnswer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}/status", port_); }

 private:
  void serve(const std::string& answer, Duration hold) const {
    os::Fd const peer(::accept(listener_.get(), nullptr, nullptr));
    if (!peer) return;
    char request[4096];
    if (::recv(peer.get(), request, sizeof request, 0) <= 0) return;
    std::size_t sent = 0;
    while (sent < answer.size()) {
      auto const put = ::send(peer.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return;
      sent += static_cast<std::size_t>(put);
    }
    std::this_thread::sleep_for(hold);
  }

  os::Fd listener_;
  int port_ = 0;
  std::thread thread_;
};

std::string answer(const std::string& status, const std::string& body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                     body.size(), body);
}

}  // namespace

TEST_CASE("the body of an answer", "[http]") {
  OneAnswer const server(answer("200 OK", "{\"a\":1}"));
  auto const body = get(server.url(), {});
  REQUIRE(body.ok());
  CHECK(*body == "{\"a\":1}");
}

TEST_CASE("an answer in pieces of its own making", "[http]") {
  OneAnswer const server(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(*get(server.url(), {}) == "abcde");
}

TEST_CASE("what is no 200 is an error of its kind", "[http]") {
  for (auto const& [status, kind] : std::vector<std::pair<const char*, ErrorKind>>{
           {"404 Not Found", ErrorKind::kProtocol},
           {"401 Unauthorized", ErrorKind::kRefused},
           {"403 Forbidden", ErrorKind::kRefused},
           {"503 Service Unavailable", ErrorKind::kTryLater},
           {"302 Found\r\nLocation: http://127.0.0.1:1/", ErrorKind::kProtocol}}) {
    OneAnswer const server(answer(status, "x"));
    auto const body = get(server.url(), {});
    INFO(status);
    REQUIRE_FALSE(body.ok());
    CHECK(body.error().kind == kind);
  }
}

TEST_CASE("an answer without an end is cut off at the limit", "[http]") {
  OneAnswer const server("HTTP/1.1 200 OK\r\n\r\n" + std::string(2'000'000, 'x'));
  auto const body = get(server.url(), {1s, 3s, 100'000});
  REQUIRE_FALSE(body.ok());
  CHECK(body.error().kind == ErrorKind::kProtocol);
  CHECK(body.error().why == "the answer is longer than 100000 bytes");
}

TEST_CASE("silence ends at the deadline", "[http]") {
  OneAnswer const server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 500ms);
  auto const began = std::chrono::steady_clock::now();
  auto const body = get(server.url(), {1s, 200ms, 1000});
  CHECK(std::chrono::steady_clock::now() - began < 450ms);
  REQUIRE_FALSE(body.ok());
  CHECK(body.error().kind == ErrorKind::kUnreachable);
}

TEST_CASE("nothing listens, or it is no http", "[http]") {
  CHECK(get("http://127.0.0.1:1/", {}).error().kind == ErrorKind::kUnreachable);
  CHECK(get("file:///etc/passwd", {}).error().kind == ErrorKind::kUsage);
  CHECK(get("gopher://127.0.0.1:1/", {}).error().kind == ErrorKind::kUsage);
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  OneAnswer const server(answer("200 OK", "direct"));
  auto const body = get(server.url(), {});
  ::unsetenv("http_proxy");
  REQUIRE(body.ok());
  CHECK(*body == "direct");
}

}  // namespace aegis::http
