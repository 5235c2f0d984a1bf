#include "relay/hook.hpp"

#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "common/crypto/digest.hpp"
#include "common/http/server.hpp"
#include "common/os/clock.hpp"
#include "support/temp_dir.hpp"
#include "unit/relay/relay_fixture.hpp"

using namespace aegis;
using nlohmann::json;
using relay::EventLog;
using relay::Hook;

namespace {

// An HTTP server that keeps what it is sent and answers as it is told.
class Receiver {
 public:
  Receiver() {
    auto started = http::Server::start(Endpoint::loopback(0), [this](const http::Request& request) {
      std::lock_guard const lock(mutex_);
      requests_.push_back(request);
      http::Response response;
      response.status = refusals_ > 0 ? 503 : 204;
      if (refusals_ > 0) --refusals_;
      return response;
    });
    REQUIRE(started);
    server_ = std::move(*started);
  }
  void refuse(int times) {
    std::lock_guard const lock(mutex_);
    refusals_ = times;
  }
  std::string url() const { return "http://" + to_string(server_->local()) + "/told?secret=x"; }
  std::vector<http::Request> wait_for(std::size_t count) const {
    for (int i = 0; i < 60; ++i, std::this_thread::sleep_for(50ms)) {
      std::lock_guard const lock(mutex_);
      if (requests_.size() >= count) break;
    }
    std::lock_guard const lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  int refusals_ = 0;
  std::unique_ptr<http::Server> server_;
};

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 60; ++i, std::this_thread::sleep_for(50ms))
    if (holds()) return true;
  return false;
}

}  // namespace

TEST_CASE("a hook is a URL or a program that is there", "[relay][hook]") {
  CHECK(relay::check_hook("https://example.org/x"));
  CHECK(relay::check_hook("/bin/sh"));
  for (auto const* wrong : {"", "sh", "./sh", "ftp://x", "/etc/passwd", "/no/such"})
    CHECK_FALSE(relay::check_hook(wrong));
}

TEST_CASE("events are posted in order, signed, and the others are not", "[relay][hook]") {
  EventLog log;
  Receiver const receiver;
  log.add("session_started", {{"stream", "before"}});
  Hook const hook(log, {receiver.url(), crypto::Secret("the key")});
  log.add("session_started", {{"stream", "cam"}});
  log.add("group_opened", {{"group", 1}});
  log.add("player_started", {{"stream", "cam"}, {"players", 1}});
  log.add("player_started", {{"stream", "cam"}, {"players", 2}});
  log.add("player_ended", {{"stream", "cam"}, {"players", 1}});
  log.add("player_ended", {{"stream", "cam"}, {"players", 0}});
  log.add("session_ended", {{"stream", "cam"}});
  auto const requests = receiver.wait_for(4);
  REQUIRE(requests.size() == 4);
  std::vector<std::string> names, deliveries;
  auto const bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  for (auto const& request : requests) {
    auto const event = json::parse(request.body);
    names.push_back(event["event"]);
    deliveries.push_back(event["delivery"]);
    CHECK(request.method == "POST");
    CHECK(request.headers.find("aegis-event")->second == names.back());
    auto const tag = crypto::hmac_sha256(bytes("the key"), {bytes(request.body)});
    CHECK(request.headers.find("aegis-signature")->second == "sha256=" + crypto::to_hex(tag));
  }
  CHECK(names == std::vector<std::string>{"session_started", "player_started", "player_ended",
                                          "session_ended"});
  CHECK(deliveries[0] != deliveries[1]);
  CHECK(eventually([&] { return hook.delivered() == 4; }));
}

TEST_CASE("what is refused is told again, the same delivery, and given up at last",
          "[relay][hook]") {
  EventLog log;
  Receiver receiver;
  Hook const hook(log, {receiver.url(), std::nullopt, 5s, 50ms});
  receiver.refuse(2);
  log.add("session_started", {{"stream", "cam"}});
  auto requests = receiver.wait_for(3);
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].body == requests[2].body);
  CHECK(requests[0].headers.count("aegis-signature") == 0);
  CHECK(eventually([&] { return hook.delivered() == 1; }));
  CHECK(hook.failed() == 0);
  receiver.refuse(3);
  log.add("session_ended", {{"stream", "cam"}});
  CHECK(eventually([&] { return hook.failed() == 1; }));
  log.add("session_started", {{"stream", "cam"}});
  CHECK(eventually([&] { return hook.delivered() == 2; }));
}

TEST_CASE("a hook that answers nothing holds up nobody, and ends at once", "[relay][hook]") {
  EventLog log;
  auto const before = os::now();
  {
    test::TempDir const folder;
    auto const program = folder / "sleeper";
    std::ofstream(program) << "#!/bin/sh\nsleep 60\n";
    REQUIRE(::chmod(program.c_str(), 0700) == 0);
    Hook const hook(log, {program.string(), std::nullopt});
    for (int i = 0; i < 1000; ++i) log.add("session_started", {{"stream", "cam"}});
    CHECK(os::now() - before < 1s);
    std::this_thread::sleep_for(300ms);
  }
  CHECK(os::now() - before < 3s);
}

TEST_CASE("a relay tells its hook from the first session to its own end", "[relay][hook]") {
  test::TempDir const folder;
  auto const out = folder / "told", program = folder / "hook";
  std::ofstream(program) << "#!/bin/sh\ncat >> " << out.string() << "\n";
  REQUIRE(::chmod(program.c_str(), 0700) == 0);
  relay::ServeOptions options;
  options.hooks = {program.string()};
  test::RelayFixture fixture(options);
  test::SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  test::SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  auto const sent = test::send_packets(publisher, 0, 20);
  CHECK(player.receive(sent.size()) == sent);
  CHECK(fixture.relay().stop(1500ms));
  std::ifstream file(out);
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) names.push_back(json::parse(line)["event"]);
  CHECK(names == std::vector<std::string>{"player_started", "session_started", "session_ended",
                                          "player_ended"});
}
