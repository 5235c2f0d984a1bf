#include "support/srt_peer.hpp"

#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "common/os/clock.hpp"
#include "common/os/resolve.hpp"

namespace aegis::test {
namespace {

enum class Attempt { kConnected, kFailed };

Attempt wait_for_connection(os::SrtSocket& socket) {
  os::SrtEpoll epoll;
  epoll.add(socket, false, true);
  Time const deadline = os::now() + 5s;
  Attempt outcome = Attempt::kFailed;
  for (bool waiting = true; waiting && os::now() < deadline;) {
    for (const auto& event : epoll.wait(100ms)) {
      if (event.writable && !event.broken) outcome = Attempt::kConnected;
      waiting = false;
    }
  }
  epoll.remove(socket);
  return outcome;
}

}  // namespace

void apply_key(os::SrtOptions& options, const std::string& file, const std::string& part) {
  std::ifstream in(file);
  auto const key = nlohmann::json::parse(in).at(part);
  options.stream_id = key.at("streamid").get<std::string>();
  if (key.contains("passphrase") && key.at("passphrase").is_string()) {
    options.passphrase.emplace(key.at("passphrase").get<std::string>());
  }
}

Result<os::SrtSocket> call(const HostPort& peer, const os::SrtOptions& options, Duration patience) {
  auto addresses = os::resolve(peer);
  if (!addresses) return std::move(addresses).error();
  Time const deadline = os::now() + patience;
  while (true) {
    auto socket = os::SrtSocket::connect(addresses->front(), options);
    if (!socket) return std::move(socket).error();
    if (wait_for_connection(*socket) == Attempt::kConnected) return std::move(socket).value();
    std::string const why = socket->reason();
    if (os::now() >= deadline) {
      return Error{ErrorKind::kUnreachable, "no SRT connection to " + to_string(peer), why, ""};
    }
    std::this_thread::sleep_for(100ms);
  }
}

}  // namespace aegis::test
