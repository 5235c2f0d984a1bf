// The forecast on an agent's socket, as an encoder in front of `--proxy` follows it.
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "common/os/fd.hpp"
#include "runner.hpp"
#include "support/relay_and_rig.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

std::string socket_of(const Runner& aegis) {
  std::string found;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(aegis.home().path()))
    if (entry.path().extension() == ".sock") found = entry.path().string();
  return found;
}

// Sends one line and collects what comes until `enough` lines are there, or for `patience`.
std::vector<Json> follow(const std::string& path, const std::string& line, std::size_t enough,
                         Duration patience) {
  os::Fd const fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  std::string text;
  std::vector<Json> lines;
  wait_until(
      [&] {
        std::array<char, 4096> buffer{};
        auto const got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
          lines.push_back(Json::parse(text.substr(0, end)));
          text.erase(0, end + 1);
        }
        return lines.size() >= enough;
      },
      patience);
  return lines;
}

}  // namespace

TEST_CASE("an encoder is told ten times a second what can be delivered", "[cli][forecast]") {
  Runner const aegis;
  Relay::Options options;
  options.ports = RelayPorts::free();
  Relay const relay(aegis.home().path(), options);
  Process const agent(aegis.command({"stream", "--key", relay.key_file().string(), "--relay",
                                     fmt::format("127.0.0.1:{}", relay.ports().srtla), "--link",
                                     "127.0.0.2", "--bitrate", "1M"}),
                      aegis.home().path());
  REQUIRE(wait_until([&] { return agent.err().find("state=live") != std::string::npos; }, 15s));
  Time const start = os::now();
  auto const lines = follow(socket_of(aegis), "{\"command\":\"forecast\"}\n", 21, 15s);
  REQUIRE(lines.size() >= 21);
  CHECK(os::now() - start > Duration(1500ms));  // at a pace, not as fast as it can
  for (auto const& line : lines) {
    CHECK(line["schema"] == 1);
    CHECK(line["kind"] == "forecast");
    CHECK(line["backlog_ms"].is_number());
  }
  CHECK(lines.back()["deliverable_bps"] > 100'000);
}

}  // namespace aegis::test
