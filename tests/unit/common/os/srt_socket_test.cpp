#include "common/os/srt_socket.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "common/os/clock.hpp"

using namespace aegis;
using namespace aegis::os;

namespace {

constexpr std::string_view kRight = "correct horse battery";
constexpr std::string_view kWrong = "incorrect donkey salad";

SrtOptions options(Duration latency = 20ms) {
  SrtOptions o;
  o.latency = latency;
  o.connect_timeout = 2s;
  return o;
}

SrtOptions caller(std::string stream_id, std::optional<std::string_view> passphrase = {}) {
  auto o = options();
  o.stream_id = std::move(stream_id);
  if (passphrase) o.passphrase = crypto::Secret(*passphrase);
  return o;
}

SrtSocket listener(SrtSocket::Admit admit, const Endpoint& at = Endpoint::loopback(0)) {
  auto socket = SrtSocket::listen(at, options(), std::move(admit));
  INFO((socket ? std::string() : socket.error().why));
  REQUIRE(socket);
  return std::move(socket).value();
}

SrtSocket::Admission admit_all(const SrtSocket::Caller&) {
  return {};
}

// Waits until `socket` has one of the wanted states; the event, or none after 4 s.
std::optional<SrtEpoll::Event> wait_for(SrtEpoll& epoll, const SrtSocket& socket) {
  Time const deadline = now() + 4s;
  while (now() < deadline) {
    for (auto const& event : epoll.wait(100ms))
      if (event.handle == socket.handle()) return event;
  }
  return std::nullopt;
}

// Calls `server` and returns the caller once its connection stands or has failed.
SrtSocket call(const SrtSocket& server, const SrtOptions& with, bool& connected) {
  auto socket = SrtSocket::connect(Endpoint::loopback(server.local().port()), with);
  REQUIRE(socket);
  SrtEpoll epoll;
  epoll.add(*socket, false, true);
  auto const event = wait_for(epoll, *socket);
  REQUIRE(event);
  connected = event->writable && !event->broken;
  epoll.remove(*socket);
  return std::move(socket).value();
}

SrtSocket::Accepted accept_one(SrtSocket& server) {
  SrtEpoll epoll;
  epoll.add(server, true, false);
  // A listener that was just added is reported once in any case.
  for (int i = 0; i < 2; ++i) {
    REQUIRE(wait_for(epoll, server));
    if (auto accepted = server.accept()) return std::move(*accepted);
  }
  FAIL("nobody to accept");
  return {};
}

std::string receive_text(SrtSocket& socket) {
  SrtEpoll epoll;
  epoll.add(socket, true, false);
  REQUIRE(wait_for(epoll, socket));
  std::array<std::byte, 1500> buffer{};
  std::size_t size = 0;
  REQUIRE(socket.receive(buffer, size) == SrtSocket::Io::kDone);
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

ByteView bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Polls until libsrt has given a refused connection up.
std::vector<SrtSocket::Refused> refused_by(SrtSocket& server) {
  Time const deadline = now() + 4s;
  std::vector<SrtSocket::Refused> refused;
  while (refused.empty() && now() < deadline) {
    refused = server.take_refused();
    std::this_thread::sleep_for(10ms);
  }
  return refused;
}

}  // namespace

TEST_CASE("an admitted caller is accepted with its stream id, and media flows", "[srt]") {
  SrtLibrary library;
  auto const any = GENERATE(true, false);
  std::string seen;
  auto server = listener(
      [&](const SrtSocket::Caller& c) {
        seen = std::string(c.stream_id);
        return SrtSocket::Admission{};
      },
      any ? Endpoint::any_v6(0) : Endpoint::loopback(0));
  bool connected = false;
  auto client = call(server, caller("publish/cam"), connected);
  REQUIRE(connected);
  CHECK(client.connected());
  auto accepted = accept_one(server);
  CHECK(seen == "publish/cam");
  CHECK(accepted.stream_id == "publish/cam");
  CHECK(accepted.from.is_loopback());
  CHECK(accepted.from == accepted.socket.peer());
  CHECK_FALSE(server.accept());

  CHECK(client.send(bytes("picture")) == SrtSocket::Io::kDone);
  CHECK(receive_text(accepted.socket) == "picture");
  std::array<std::byte, 1500> buffer{};
  std::size_t size = 0;
  CHECK(accepted.socket.receive(buffer, size) == SrtSocket::Io::kWouldBlock);
  CHECK(server.take_refused().empty());
}

TEST_CASE("a rejected caller learns the code", "[srt]") {
  SrtLibrary library;
  auto server = listener([](const SrtSocket::Caller& c) {
    SrtSocket::Admission admission;
    if (c.stream_id != "known") admission.reject = SrtReject::kUnauthorized;
    return admission;
  });
  bool connected = true;
  auto const client = call(server, caller("stranger"), connected);
  CHECK_FALSE(connected);
  CHECK(client.reject_code() == 1401);
  CHECK(client.reason().find("1401") != std::string::npos);
  CHECK(client.failure("call").kind == ErrorKind::kRefused);
  CHECK_FALSE(server.accept());
  CHECK(server.take_refused().empty());
}

TEST_CASE("each caller can have a passphrase of its own", "[srt]") {
  SrtLibrary library;
  auto server = listener([](const SrtSocket::Caller& c) {
    SrtSocket::Admission admission;
    if (c.stream_id == "secret") admission.passphrase = crypto::Secret(kRight);
    return admission;
  });
  bool connected = false;

  SECTION("the right one is let in, and decrypts") {
    auto client = call(server, caller("secret", kRight), connected);
    REQUIRE(connected);
    auto accepted = accept_one(server);
    CHECK(client.send(bytes("hidden")) == SrtSocket::Io::kDone);
    CHECK(receive_text(accepted.socket) == "hidden");
  }
  SECTION("a caller that needs none is let in") {
    auto const client = call(server, caller("open"), connected);
    CHECK(connected);
  }
  SECTION("the wrong one is refused, and both sides say why") {
    auto const client = call(server, caller("secret", kWrong), connected);
    CHECK_FALSE(connected);
    CHECK(client.reason() == "the passphrase is wrong");
    CHECK(client.failure("call").kind == ErrorKind::kRefused);
    auto const refused = refused_by(server);
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].stream_id == "secret");
    CHECK(refused[0].why == "the caller's passphrase is wrong or missing");
    CHECK_FALSE(server.accept());
  }
  SECTION("a missing one is refused") {
    auto const client = call(server, caller("secret"), connected);
    CHECK_FALSE(connected);
    CHECK(client.reason() == "only one side has a passphrase");
    CHECK(refused_by(server).size() == 1);
    CHECK_FALSE(server.accept());
  }
  SECTION("one that nobody asked for is refused") {
    auto const client = call(server, caller("open", kRight), connected);
    CHECK_FALSE(connected);
    CHECK(client.reason() == "only one side has a passphrase");
    CHECK(refused_by(server).size() == 1);
  }
}

TEST_CASE("an admission with an unusable passphrase turns the caller away", "[srt]") {
  SrtLibrary library;
  auto server = listener([](const SrtSocket::Caller&) {
    SrtSocket::Admission admission;
    admission.passphrase = crypto::Secret("short");
    return admission;
  });
  bool connected = true;
  auto const client = call(server, caller("x"), connected);
  CHECK_FALSE(connected);
  CHECK(client.reject_code() == 1500);
}

TEST_CASE("a hook that throws turns the caller away", "[srt]") {
  SrtLibrary library;
  auto server =
      listener([](const SrtSocket::Caller&) -> SrtSocket::Admission { throw std::bad_alloc(); });
  bool connected = true;
  auto const client = call(server, caller("x"), connected);
  CHECK_FALSE(connected);
  CHECK(client.reject_code() == 1500);
}

TEST_CASE("a caller without an answer fails as unreachable", "[srt]") {
  SrtLibrary library;
  auto with = options();
  with.connect_timeout = 300ms;
  auto const client = SrtSocket::connect(Endpoint::loopback(9), with);
  REQUIRE(client);
  SrtEpoll epoll;
  epoll.add(*client, false, true);
  auto const event = wait_for(epoll, *client);
  REQUIRE(event);
  CHECK(event->broken);
  CHECK(client->failure("call").kind == ErrorKind::kUnreachable);
  CHECK_FALSE(client->reject_code());
  CHECK_FALSE(client->stats());
}

TEST_CASE("a peer that closes shows as broken, also to an epoll that comes later", "[srt]") {
  SrtLibrary library;
  auto server = listener(admit_all);
  bool connected = false;
  auto client = call(server, caller("x"), connected);
  REQUIRE(connected);
  SrtEpoll epoll;
  epoll.add(client, true, false);
  { auto accepted = accept_one(server); }
  auto const event = wait_for(epoll, client);
  REQUIRE(event);
  CHECK(event->broken);
  CHECK(client.send(bytes("x")) == SrtSocket::Io::kBroken);
  SrtEpoll late;
  late.add(client, true, false);
  auto const again = wait_for(late, client);
  REQUIRE(again);
  CHECK(again->broken);
  late.remove(client);
  CHECK(late.wait(0us).empty());
}

TEST_CASE("figures: totals grow, rates cover the last interval", "[srt]") {
  SrtLibrary library;
  auto server = listener(admit_all);
  bool connected = false;
  auto client = call(server, caller("x"), connected);
  auto accepted = accept_one(server);
  REQUIRE(client.stats());
  std::string const payload(kSrtPayload, 'x');
  for (int i = 0; i < 50; ++i) {
    CHECK(client.send(bytes(payload)) == SrtSocket::Io::kDone);
    std::this_thread::sleep_for(4ms);
  }
  std::this_thread::sleep_for(50ms);
  auto const sent = client.stats();
  REQUIRE(sent);
  CHECK(sent->packets_sent == 50);
  CHECK(sent->bytes_sent.count() >= 50 * 1316);
  CHECK(sent->latency == 20ms);
  // 50 packets in roughly a quarter of a second; a busy machine may take several times that.
  CHECK(sent->send_rate > BitRate::kilobits(200));
  CHECK(sent->send_rate < BitRate::megabits(4));
  auto const received = accepted.socket.stats();
  REQUIRE(received);
  CHECK(received->packets_received == 50);
  std::this_thread::sleep_for(100ms);
  auto const idle = client.stats();
  REQUIRE(idle);
  CHECK(idle->send_rate.bits_per_second() == 0);
  CHECK(idle->packets_sent == 50);
}

TEST_CASE("wake ends a wait from another thread, and is not lost when it comes first", "[srt]") {
  SrtLibrary library;
  SrtEpoll epoll;  // with nothing in it
  epoll.wake();
  Time start = now();
  CHECK(epoll.wait(10s).empty());
  CHECK(now() - start < 1s);

  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    epoll.wake();
  });
  start = now();
  CHECK(epoll.wait(10s).empty());
  auto const took = now() - start;
  other.join();
  CHECK(took >= 40ms);
  CHECK(took < 1s);

  start = now();
  CHECK(epoll.wait(30ms).empty());
  CHECK(now() - start >= 30ms);
}

TEST_CASE("a port that is taken is told", "[srt]") {
  SrtLibrary library;
  auto first = listener(admit_all);
  auto const second = SrtSocket::listen(first.local(), options(), admit_all);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::kTryLater);
  auto const bad = SrtSocket::connect(first.local(), caller("x", "short"));
  REQUIRE_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::kConfiguration);
}
