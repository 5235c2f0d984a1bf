#include "agent/bond_link.hpp"

#include <catch2/catch.hpp>

#include "common/bond/wire.hpp"

namespace aegis::agent {
namespace {

os::UdpSocket bound(const char* address, std::uint16_t port = 0) {
  return os::UdpSocket::open({parse_address(address).value().with_port(port), ""}).value();
}

PlannedLink loopback() {
  PlannedLink plan;
  plan.name = "lo";
  plan.source = parse_address("127.0.0.1").value();
  plan.source_required = true;
  return plan;
}

// What comes to the link next, and whether it heard that.
bool heard(BondLink& link) {
  os::UdpSocket::ReceiveBatch batch;
  REQUIRE(link.socket().receive(batch) == 1);
  return link.hears(batch.from(0), batch.datagram(0));
}

const bond::Frame kKeepalive(bond::PacketType::kKeepalive, 10);
const bond::Frame kRegistered(bond::PacketType::kReg3, 2);

}  // namespace

TEST_CASE("A link sends to the relay, and knows the address it sends from") {
  auto relay = bound("127.0.0.2");
  BondLink link(loopback());
  REQUIRE(link.open(relay.local()));
  link.send(kKeepalive);
  link.flush();
  os::UdpSocket::ReceiveBatch batch;
  REQUIRE(relay.receive(batch) == 1);
  CHECK(batch.from(0) == link.local_address());
}

TEST_CASE("A relay may answer a registration from another of its addresses, and then talk on") {
  auto relay = bound("127.0.0.2");
  auto other = bound("127.0.0.3", relay.local().port());
  auto third = bound("127.0.0.4", relay.local().port());
  BondLink link(loopback());
  REQUIRE(link.open(relay.local()));
  other.send_one(kKeepalive, link.local_address());
  CHECK_FALSE(heard(link));  // anybody may say that
  other.send_one(kRegistered, link.local_address());
  CHECK(heard(link));
  other.send_one(kKeepalive, link.local_address());
  CHECK(heard(link));
  third.send_one(kRegistered, link.local_address());
  CHECK_FALSE(heard(link));
}

TEST_CASE("Once the relay's own address has spoken, no other is heard") {
  auto relay = bound("127.0.0.2");
  auto other = bound("127.0.0.3", relay.local().port());
  BondLink link(loopback());
  REQUIRE(link.open(relay.local()));
  relay.send_one(kKeepalive, link.local_address());
  CHECK(heard(link));
  other.send_one(kRegistered, link.local_address());
  CHECK_FALSE(heard(link));
}

TEST_CASE("The relay's own address is heard again after another was taken for it") {
  auto relay = bound("127.0.0.2");
  auto other = bound("127.0.0.3", relay.local().port());
  BondLink link(loopback());
  REQUIRE(link.open(relay.local()));
  other.send_one(kRegistered, link.local_address());
  CHECK(heard(link));
  relay.send_one(kKeepalive, link.local_address());
  CHECK(heard(link));
  other.send_one(kRegistered, link.local_address());
  CHECK_FALSE(heard(link));
}

TEST_CASE("Another port than the relay's is not heard") {
  auto relay = bound("127.0.0.2");
  auto other = bound("127.0.0.2");
  BondLink link(loopback());
  REQUIRE(link.open(relay.local()));
  other.send_one(kRegistered, link.local_address());
  CHECK_FALSE(heard(link));
}

}  // namespace aegis::agent
