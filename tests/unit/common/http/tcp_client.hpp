// A client that says whatever a test has it say, as slowly and as rudely as it likes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"
#include "common/os/fd.hpp"

namespace aegis::test {

// A plain TCP client, as slow and as rude as a test wants it.
class TcpClient {
 public:
  explicit TcpClient(const Endpoint& server)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server.port());
    REQUIRE(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  void send(std::string_view text) { ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  // Reads until `until` has come, the server closes, or `patience` is over.
  std::string read(std::string_view until, std::chrono::milliseconds patience = 2000ms) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    std::string text;
    while (text.find(until) == std::string::npos) {
      auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      pollfd waiting{fd_.get(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) break;
      char buffer[4096];
      auto const got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got <= 0) {
        closed_ = true;
        break;
      }
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }
  bool closed_by_server(std::chrono::milliseconds patience) {
    read("\1 never sent", patience);
    return closed_;
  }
  // Ends the connection with RST.
  void reset() {
    linger const now{1, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }

 private:
  os::Fd fd_;
  bool closed_ = false;
};

}  // namespace aegis::test
