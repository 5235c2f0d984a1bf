// The bond's shell over real loopback sockets; what the bond itself does is tested in common/bond.
#include "agent/bond_uplink.hpp"

#include <algorithm>
#include <thread>

#include <catch2/catch.hpp>

#include "common/bond/wire.hpp"
#include "common/os/clock.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::agent {
namespace {

// A relay that answers nothing and remembers who asked.
class MuteRelay {
 public:
  MuteRelay() : socket_(os::UdpSocket::open({Endpoint::loopback(0), ""}).value()) {}
  HostPort where() const { return {"127.0.0.1", socket_.local().port()}; }
  // Addresses that sent a REG1 within `limit`, until there are `wanted`.
  std::vector<std::string> callers(std::size_t wanted, Duration limit = 5s) {
    os::UdpSocket::ReceiveBatch batch;
    std::vector<std::string> found;
    for (Time const end = os::now() + limit; os::now() < end && found.size() < wanted;) {
      std::size_t const count = socket_.receive(batch);
      for (std::size_t i = 0; i < count; ++i) {
        auto const from = address_to_string(batch.from(i));
        bool const is_new = std::find(found.begin(), found.end(), from) == found.end();
        if (bond::srtla_type(batch.datagram(i)) == bond::PacketType::kReg1 && is_new) {
          found.push_back(from);
        }
      }
      std::this_thread::sleep_for(2ms);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  os::UdpSocket socket_;
};

}  // namespace

TEST_CASE("the bond asks a local relay over loopback when no link is named") {
  MuteRelay relay;
  auto uplink = BondUplink::start({relay.where(), {}, std::nullopt, 2s});
  REQUIRE(uplink);
  CHECK(relay.callers(1) == std::vector<std::string>{"127.0.0.1"});
  CHECK_FALSE((*uplink)->registered());
  CHECK((*uplink)->srt_address().is_loopback());
  CHECK((*uplink)->srt_address().port() != 0);
}

TEST_CASE("links are bound to the addresses that were named, and one that is missing is told") {
  MuteRelay relay;
  auto uplink = BondUplink::start(
      {relay.where(), {{"127.0.0.2"}, {"127.0.0.3"}, {"usb-none"}}, std::nullopt, 2s});
  REQUIRE(uplink);
  // The sender asks for its group on one link after the other.
  auto const callers = relay.callers(2, 20s);
  REQUIRE_FALSE(callers.empty());
  for (auto const& caller : callers) CHECK((caller == "127.0.0.2" || caller == "127.0.0.3"));
  BondStatus status;
  for (int i = 0; i < 200 && status.links.size() < 2; ++i) {
    std::this_thread::sleep_for(10ms);
    status = (*uplink)->status();
  }
  REQUIRE(status.links.size() == 2);
  CHECK(status.links[0].open);
  CHECK(status.links[0].name == "127.0.0.2");
  CHECK(address_to_string(status.links[1].address) == "127.0.0.3");
  CHECK(status.links_trouble == "usb-none is not there");
}

TEST_CASE("an impossible link or a taken proxy address is refused at once") {
  MuteRelay relay;
  auto const bad_link = BondUplink::start({relay.where(), {{"a link"}}, std::nullopt, 2s});
  REQUIRE_FALSE(bad_link);
  CHECK(bad_link.error().kind == ErrorKind::kUsage);
  CHECK_FALSE(BondUplink::start({relay.where(), {}, relay.where(), 2s}));
}

TEST_CASE("a name that does not resolve is told and does not hold up the end") {
  Time ended{};
  {
    auto uplink = BondUplink::start({{"no-such-host.invalid", 5000}, {}, std::nullopt, 2s});
    REQUIRE(uplink);
    for (int i = 0; i < 300 && (*uplink)->status().relay_trouble.empty(); ++i) {
      std::this_thread::sleep_for(10ms);
    }
    CHECK((*uplink)->status().relay_trouble.find("no-such-host") != std::string::npos);
    ended = os::now();
  }
  CHECK(os::now() - ended < 500ms);
}

}  // namespace aegis::agent
