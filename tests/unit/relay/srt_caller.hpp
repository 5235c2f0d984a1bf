// An SRT caller for tests: publishes or plays against a relay on this host.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "common/os/clock.hpp"
#include "common/os/srt_socket.hpp"

namespace aegis::test {

class SrtCaller {
 public:
  SrtCaller(const Endpoint& relay, std::string stream_id,
            std::optional<crypto::Secret> passphrase = std::nullopt) {
    os::SrtOptions options;
    options.latency = 120ms;
    options.stream_id = std::move(stream_id);
    options.passphrase = std::move(passphrase);
    auto socket = os::SrtSocket::connect(Endpoint::loopback(relay.port()), options);
    if (socket) socket_ = std::move(*socket);
    epoll_.add(socket_, true, true);
  }

  // Waits for the handshake's outcome.
  bool connect() {
    Time const deadline = os::now() + 5s;
    while (os::now() < deadline) {
      for (auto const& event : epoll_.wait(100ms)) {
        if (event.broken) return false;
        if (event.writable) return epoll_.change(socket_, true, false), true;
      }
    }
    return false;
  }
  int reject_code() const { return socket_.reject_code().value_or(0); }
  bool send(ByteView message) { return socket_.send(message) == os::SrtSocket::Io::kDone; }

  // Collects what comes until `size` bytes are there or nothing has come for `patience`.
  const std::string& receive(std::size_t size, Duration patience = 3s) {
    std::array<std::byte, os::kSrtMaxPayload> buffer;
    Time deadline = os::now() + patience;
    while (received_.size() < size && os::now() < deadline && !ended_) {
      epoll_.wait(50ms);
      std::size_t got = 0;
      auto outcome = socket_.receive(buffer, got);
      for (; outcome == os::SrtSocket::Io::kDone; outcome = socket_.receive(buffer, got)) {
        received_.append(reinterpret_cast<const char*>(buffer.data()), got);
        deadline = os::now() + patience;
      }
      ended_ = outcome == os::SrtSocket::Io::kBroken;
    }
    return received_;
  }
  // Has the other side ended the connection?
  bool ended_within(Duration patience) {
    receive(received_.size() + 100'000'000, patience);
    return ended_;
  }

 private:
  os::SrtSocket socket_;
  os::SrtEpoll epoll_;
  std::string received_;
  bool ended_ = false;
};

}  // namespace aegis::test
