// A flood of forged registrations beside a live stream.
#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/bond/wire.hpp"
#include "common/os/clock.hpp"
#include "common/os/udp_socket.hpp"
#include "netns/checks.hpp"
#include "netns/scene.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

constexpr std::uint16_t kSrtla = defaults::kSrtlaPort;
constexpr std::size_t kReg2Bytes = 258;

bond::GroupToken numbered(std::uint32_t number) {
  bond::GroupToken token{};
  store_u32(token, 0, number);
  return token;
}

// REG1 from 10 000 addresses of loopback in turn, 10 000 a second, as long as it lives.
class Flood {
 public:
  explicit Flood(const NetNamespace& where)
      : thread_([this, &where] { where.inside([this] { run(); }); }) {}
  ~Flood() { stop(); }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  void stop() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::uint64_t sent() const { return sent_; }

 private:
  static constexpr std::uint32_t kSources = 10'000;
  static constexpr int kEachTurn = 20;
  static constexpr Duration kTurn = 2ms;

  void run() {
    os::Fd const socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    for (Time next = os::now(); !ending_; next += kTurn) {
      for (int i = 0; i < kEachTurn; ++i) send_one(socket.get());
      if (auto const left = next - os::now(); left > 0us) std::this_thread::sleep_for(left);
    }
  }

  // From an address that it only says is its own.
  void send_one(int socket) {
    auto const number = static_cast<std::uint32_t>(sent_);
    auto const frame = bond::make_reg1(numbered(number));
    ByteView const bytes = frame;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(kSrtla);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    auto& source = *reinterpret_cast<in_pktinfo*>(CMSG_DATA(header));
    source.ipi_spec_dst.s_addr = htonl(0x7f010000u + number % kSources);
    if (::sendmsg(socket, &message, 0) > 0) ++sent_;
  }

  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> sent_{0};
  std::thread thread_;
};

// How long a sender that nobody knows takes to have a group of its own.
Duration time_to_register(std::uint32_t number) {
  auto socket = os::UdpSocket::open({Endpoint::loopback(0), {}});
  REQUIRE(socket);
  auto const relay = Endpoint::loopback(kSrtla);
  os::UdpSocket::ReceiveBatch in;
  auto const ask = [&](const bond::Frame& question) {
    for (int i = 0; i < 20; ++i) {
      socket->send_one(question, relay);
      for (int k = 0; k < 20; ++k, std::this_thread::sleep_for(5ms)) {
        if (socket->receive(in) == 0) continue;
        auto const answer = in.datagram(0);
        return std::vector<std::byte>(answer.begin(), answer.end());
      }
    }
    return std::vector<std::byte>();
  };
  auto const began = os::now();
  auto const reg2 = ask(bond::make_reg1(numbered(number)));
  REQUIRE(reg2.size() == kReg2Bytes);
  auto const reg3 = ask(bond::make_reg2(bond::parse_group_token(reg2)));
  REQUIRE(bond::srtla_type(reg3) == bond::PacketType::kReg3);
  return os::now() - began;
}

std::size_t resident_kb(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

}  // namespace

TEST_CASE("A flood of forged registrations costs a live stream and honest senders nothing") {
  Scene scene;
  Relay relay(scene.folder / "relay", scene.in_host());
  Broadcast broadcast(scene, relay, {.rate = "3M", .length = "14s"});
  REQUIRE(broadcast.wait_for_media());
  std::this_thread::sleep_for(2s);
  [[maybe_unused]] auto const before = resident_kb(relay.process().pid());
  Flood flood(scene.host);
  std::this_thread::sleep_for(1s);
  Duration slowest{};
  // None of them ever sends media: two hundred groups that idle block nobody.
  scene.host.inside([&] {
    for (std::uint32_t i = 0; i < 200; ++i)
      slowest = std::max(slowest, time_to_register(0xffff0000u + i));
  });
  std::this_thread::sleep_for(2s);
  flood.stop();
  auto const counters = relay.stats().at("counters");
  INFO(counters.dump());
  CHECK(slowest < 1s);
  CHECK(flood.sent() > 20'000);
  CHECK(counters.at("bond_reg1").get<std::uint64_t>() > flood.sent() * 9 / 10);
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed for a while
  CHECK(resident_kb(relay.process().pid()) < before + 4'000);
#endif
  check_nothing_lost(broadcast.finish());
}
