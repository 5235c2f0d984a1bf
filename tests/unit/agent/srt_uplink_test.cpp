// The uplink against a real libsrt listener on loopback.
#include "agent/srt_uplink.hpp"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "common/os/clock.hpp"
#include "common/os/srt_socket.hpp"

namespace aegis::agent {
namespace {

constexpr char kPassphrase[] = "correct horse battery";

media::TsChunk numbered(int number, bool random_access) {
  media::TsChunk chunk;
  chunk.data.fill(static_cast<std::byte>(number));
  chunk.size = media::kChunkSize;
  chunk.random_access = random_access;
  return chunk;
}

// A listener that takes one caller at a time and remembers the first byte of each message.
class Relay {
 public:
  using Admit = os::SrtSocket::Admit;
  explicit Relay(Admit admit, std::uint16_t port = 0, const char* passphrase = nullptr) {
    os::SrtOptions options;
    options.latency = 120ms;
    if (passphrase != nullptr) options.passphrase.emplace(passphrase);
    auto opened = os::SrtSocket::listen(Endpoint::loopback(port), options, std::move(admit));
    REQUIRE(opened);
    listener_ = std::move(*opened);
    address_ = Endpoint::loopback(listener_.local().port());
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  Endpoint address() const { return address_; }
  std::vector<int> messages() const {
    std::lock_guard const lock(mutex_);
    return messages_;
  }
  int connections() const { return connections_; }
  bool saw_end() const { return ends_ > 0; }
  void hang_up() { hang_up_ = true; }

 private:
  void serve(const std::stop_token& stop) {
    std::array<std::byte, os::kSrtMaxPayload> buffer{};
    os::SrtSocket socket;
    while (!stop.stop_requested()) {
      if (hang_up_.exchange(false)) socket.close();
      if (auto accepted = listener_.accept()) {
        socket = std::move(accepted->socket);
        ++connections_;
      }
      std::size_t size = 0;
      auto io = os::SrtSocket::Io::kWouldBlock;
      while (socket && (io = socket.receive(buffer, size)) == os::SrtSocket::Io::kDone) {
        std::lock_guard const lock(mutex_);
        messages_.push_back(std::to_integer<int>(buffer[0]));
      }
      if (socket && io == os::SrtSocket::Io::kBroken) {
        ++ends_;
        socket.close();
      }
      std::this_thread::sleep_for(2ms);
    }
  }

  os::SrtLibrary library_;
  os::SrtSocket listener_;
  Endpoint address_;
  mutable std::mutex mutex_;
  std::vector<int> messages_;
  std::atomic<int> connections_{0}, ends_{0};
  std::atomic<bool> hang_up_{false};
  std::jthread thread_;
};

os::SrtSocket::Admission let_in(const os::SrtSocket::Caller&) {
  return {};
}

template <typename Condition>
bool eventually(Condition condition, Duration limit = 5s) {
  Time const end = os::now() + limit;
  while (os::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return condition();
}

SrtUplinkOptions to(const Endpoint& relay) {
  SrtUplinkOptions options;
  options.peer = relay;
  options.stream_id = "cam1";
  options.latency = 120ms;
  return options;
}

SrtUplinkHooks no_hooks() {
  return {[] { return true; }, [] {}};
}

}  // namespace

TEST_CASE("media arrives in order, from a key frame on, to the last chunk") {
  std::string seen_id;
  Relay relay([&](const os::SrtSocket::Caller& caller) {
    seen_id = caller.stream_id;
    return os::SrtSocket::Admission{};
  });
  media::ChunkQueue queue;
  auto options = to(relay.address());
  options.random_access = true;
  std::atomic<int> key_frames_asked{0};
  std::atomic<bool> path_ready{false};
  SrtUplink uplink(options, queue,
                   {[&] { return path_ready.load(); }, [&] { ++key_frames_asked; }});
  std::this_thread::sleep_for(100ms);
  CHECK(relay.connections() == 0);  // nobody is called before there is a way
  queue.push(numbered(1, true), os::now());
  path_ready = true;
  REQUIRE(eventually([&] { return key_frames_asked == 1; }));
  CHECK(uplink.status().phase == control::SrtPhase::kConnected);
  queue.push(numbered(2, false), os::now());
  queue.push(numbered(3, true), os::now());
  for (int i = 4; i < 100; ++i) queue.push(numbered(i, false), os::now());
  queue.close();
  uplink.finish(os::now() + 5s, true);
  REQUIRE(eventually([&] { return uplink.status().finished; }));
  REQUIRE(eventually([&] { return relay.saw_end(); }));
  std::vector<int> expected;
  for (int i = 3; i < 100; ++i) expected.push_back(i);
  CHECK(relay.messages() == expected);
  CHECK(seen_id == "cam1");
}

TEST_CASE("a passphrase encrypts, and a wrong one ends the run on first contact") {
  auto const* theirs = GENERATE(kPassphrase, "another passphrase");
  Relay relay(let_in, 0, kPassphrase);
  media::ChunkQueue queue;
  auto options = to(relay.address());
  options.passphrase.emplace(theirs);
  SrtUplink uplink(options, queue, no_hooks());
  if (theirs == kPassphrase) {
    CHECK(eventually([&] { return uplink.status().phase == control::SrtPhase::kConnected; }));
  } else {
    REQUIRE(eventually([&] { return uplink.status().hopeless.has_value(); }));
    CHECK(uplink.status().hopeless->kind == ErrorKind::kRefused);
    CHECK(uplink.status().phase == control::SrtPhase::kRejected);
  }
}

TEST_CASE("a busy relay is a rejection that is tried again, not the end") {
  Relay relay([](const auto&) {
    return os::SrtSocket::Admission{os::SrtReject::kConflict, std::nullopt};
  });
  media::ChunkQueue queue;
  SrtUplink uplink(to(relay.address()), queue, no_hooks());
  REQUIRE(eventually([&] { return uplink.status().phase == control::SrtPhase::kRejected; }));
  CHECK_FALSE(uplink.status().hopeless);
  CHECK(uplink.status().reason.find("1409") != std::string::npos);
}

TEST_CASE("a connection that the relay drops is made again") {
  Relay relay(let_in);
  media::ChunkQueue queue;
  SrtUplink uplink(to(relay.address()), queue, no_hooks());
  REQUIRE(eventually([&] { return uplink.status().connections == 1; }));
  REQUIRE(eventually([&] { return relay.connections() == 1; }));
  relay.hang_up();
  REQUIRE(eventually([&] { return relay.connections() == 2; }));
  REQUIRE(eventually([&] { return uplink.status().phase == control::SrtPhase::kConnected; }));
  queue.push(numbered(42, false), os::now());
  CHECK(eventually([&] { return relay.messages() == std::vector<int>{42}; }));
  CHECK(eventually([&] { return uplink.status().connections == 2; }));
}

TEST_CASE("an uplink without an answer can be left at once") {
  media::ChunkQueue queue;
  Time asked{};
  {
    SrtUplink uplink(to(Endpoint::loopback(9)), queue, no_hooks());
    std::this_thread::sleep_for(200ms);
    asked = os::now();
    uplink.finish(asked + 1500ms, false);
    CHECK(eventually([&] { return uplink.status().finished; }, 500ms));
  }
  CHECK(os::now() - asked < 700ms);
}

}  // namespace aegis::agent
