#include "common/os/udp_socket.hpp"

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <poll.h>
#include <unistd.h>

using namespace aegis;
using namespace aegis::os;

namespace {

UdpSocket open_at(const Endpoint& local) {
  auto socket = UdpSocket::open({local, "", false});
  INFO((socket ? std::string() : socket.error().why));
  REQUIRE(socket);
  return std::move(socket).value();
}

ByteView bytes(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::string text(ByteView data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

bool wait_readable(const UdpSocket& socket) {
  pollfd waiting{socket.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, 2000) == 1;
}

Endpoint loopback_v6(std::uint16_t port) {
  return {Endpoint::Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port};
}

}  // namespace

TEST_CASE("a dual-stack socket exchanges batches with both families", "[udp]") {
  auto server = open_at(Endpoint::any_v6(0));
  auto const port = server.local().port();
  REQUIRE(port != 0);
  auto const family = GENERATE(4, 6);
  auto const here = family == 4 ? Endpoint::loopback(0) : loopback_v6(0);
  auto client = open_at(here);

  UdpSocket::SendBatch out;
  for (int i = 0; i < 10; ++i) out.push(bytes(std::to_string(i)), here.with_port(port));
  auto const sent = client.send(out);
  CHECK(sent.sent == 10);
  CHECK(sent.dropped == 0);
  CHECK(out.empty());

  REQUIRE(wait_readable(server));
  UdpSocket::ReceiveBatch in;
  REQUIRE(server.receive(in) == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(text(in.datagram(i)) == std::to_string(i));
    CHECK(in.from(i) == client.local());
    CHECK_FALSE(in.truncated(i));
  }
  CHECK(server.receive(in) == 0);

  REQUIRE(server.send_one(bytes("back"), client.local()));
  REQUIRE(wait_readable(client));
  REQUIRE(client.receive(in) == 1);
  CHECK(text(in.datagram(0)) == "back");
  CHECK(in.from(0) == here.with_port(port));
}

TEST_CASE("a socket on every address answers from the one that was asked", "[udp]") {
  auto const [listen, asked] =
      GENERATE(std::pair(Endpoint::any_v6(0), Endpoint::v4(127, 0, 0, 2, 0)),
               std::pair(Endpoint::v4(0, 0, 0, 0, 0), Endpoint::v4(127, 0, 0, 2, 0)),
               std::pair(Endpoint::any_v6(0), loopback_v6(0)));
  auto opened = UdpSocket::open({.local = listen, .device = "", .tell_local = true});
  REQUIRE(opened);
  auto server = std::move(*opened);
  // From 127.0.0.1: of itself the kernel would answer from there, and a connected socket not hear
  // it.
  auto client = open_at(asked.is_v4() ? Endpoint::loopback(0) : asked);
  REQUIRE(client.connect(asked.with_port(server.local().port())));

  UdpSocket::SendBatch out;
  UdpSocket::ReceiveBatch in;
  for (int round = 0; round < 2; ++round) {  // the batches are used again
    out.push(bytes("one"));
    out.push(bytes("two"));
    REQUIRE(client.send(out).sent == 2);
    REQUIRE(wait_readable(server));
    REQUIRE(server.receive(in) == 2);
    CHECK(in.local(0) == asked);
    CHECK(in.local(1) == asked);
    out.push(bytes("answer"), in.from(1), in.local(1));
    REQUIRE(server.send(out).sent == 1);
    REQUIRE(wait_readable(client));
    REQUIRE(client.receive(in) == 1);
    CHECK(text(in.datagram(0)) == "answer");
  }
}

TEST_CASE("a socket that was not asked to tell where a datagram arrived does not", "[udp]") {
  auto server = open_at(Endpoint::any_v6(0));
  auto client = open_at(Endpoint::loopback(0));
  REQUIRE(client.send_one(bytes("x"), Endpoint::loopback(server.local().port())));
  REQUIRE(wait_readable(server));
  UdpSocket::ReceiveBatch in;
  REQUIRE(server.receive(in) == 1);
  CHECK(in.local(0) == Endpoint());
}

TEST_CASE("a datagram over the limit is told from the longest legal one", "[udp]") {
  auto server = open_at(Endpoint::loopback(0));
  auto client = open_at(Endpoint::loopback(0));
  REQUIRE(client.send_one(bytes(std::string(kMaxDatagram, 'a')), server.local()));
  REQUIRE(client.send_one(bytes(std::string(kMaxDatagram + 1, 'b')), server.local()));
  REQUIRE(client.send_one(bytes(std::string(9000, 'c')), server.local()));
  REQUIRE(wait_readable(server));
  UdpSocket::ReceiveBatch in;
  REQUIRE(server.receive(in) == 3);
  CHECK_FALSE(in.truncated(0));
  CHECK(in.datagram(0).size() == kMaxDatagram);
  CHECK(in.truncated(1));
  CHECK(in.truncated(2));
}

TEST_CASE("a destination that cannot be reached loses only its own datagrams", "[udp]") {
  auto server = open_at(Endpoint::loopback(0));
  auto client = open_at(Endpoint::loopback(0));  // IPv4 only: an IPv6 destination is refused
  UdpSocket::SendBatch out;
  out.push(bytes("1"), server.local());
  out.push(bytes("x"), loopback_v6(server.local().port()));
  out.push(bytes("y"), loopback_v6(server.local().port()));
  out.push(bytes("2"), server.local());
  auto const outcome = client.send(out);
  CHECK(outcome.sent == 2);
  CHECK(outcome.dropped == 2);
  CHECK(outcome.last_errno != 0);
  REQUIRE(wait_readable(server));
  UdpSocket::ReceiveBatch in;
  REQUIRE(server.receive(in) == 2);
  CHECK(text(in.datagram(1)) == "2");
}

TEST_CASE("a connected socket sends without destinations and swallows refusals", "[udp]") {
  auto client = open_at(Endpoint::any_v6(0));
  UdpSocket::ReceiveBatch in;
  {
    auto server = open_at(Endpoint::loopback(0));
    REQUIRE(client.connect(server.local()));
    UdpSocket::SendBatch out;
    out.push(bytes("hello"));
    CHECK(client.send(out).sent == 1);
    REQUIRE(wait_readable(server));
    REQUIRE(server.receive(in) == 1);
    CHECK(in.from(0).is_v4());
  }
  UdpSocket::SendBatch out;
  out.push(bytes("nobody"));
  client.send(out);
  REQUIRE(wait_readable(client));  // the ICMP error
  CHECK(client.receive(in) == 0);
  CHECK(client.socket_errors() == 1);
}

TEST_CASE("opening says why it failed", "[udp]") {
  auto first = open_at(Endpoint::loopback(0));
  auto const taken = UdpSocket::open({first.local(), "", false});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().kind == ErrorKind::kTryLater);

  auto const foreign = UdpSocket::open({Endpoint::v4(192, 0, 2, 1, 0), "", false});
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().kind == ErrorKind::kConfiguration);

  auto const device = UdpSocket::open({Endpoint::any_v6(0), "nosuchdev0", false});
  REQUIRE_FALSE(device);
  CHECK_FALSE(device.error().hint.empty());
}

TEST_CASE("a socket bound to a device hears what comes through it", "[udp]") {
  auto server = UdpSocket::open({Endpoint::any_v6(0), "lo", false});
  if (!server) {
    CHECK(server.error().kind == ErrorKind::kRefused);  // without the right, it says so
    return;
  }
  auto client = open_at(Endpoint::loopback(0));
  REQUIRE(client.send_one(bytes("x"), Endpoint::loopback(server->local().port())));
  CHECK(wait_readable(*server));
}
