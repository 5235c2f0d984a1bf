#include "agent/link_plan.hpp"

#include <catch2/catch.hpp>

namespace aegis::agent {
namespace {

Endpoint ip(const char* text) {
  return parse_address(text).value();
}

os::Interface interface(int index, const char* name, std::vector<Endpoint> addresses,
                        bool up = true) {
  return {index, name, up, std::string(name) == "lo", std::move(addresses)};
}

std::vector<os::Interface> rig() {
  return {interface(1, "lo", {ip("127.0.0.1"), ip("::1")}),
          interface(2, "eth0", {ip("10.0.0.5"), ip("2001:db8::5")}),
          interface(3, "usb0", {ip("192.168.8.100")}),
          interface(4, "usb1", {ip("192.168.8.100")}),  // its twin, with the same address
          interface(5, "wlan0", {}),
          interface(6, "eth1", {ip("10.9.0.1")}, false)};
}

std::vector<std::string> names(const LinkPlan& plan) {
  std::vector<std::string> all;
  for (auto const& link : plan.links) all.push_back(link.name + "@" + link.device);
  return all;
}

using Names = std::vector<std::string>;
Endpoint const kRelay = Endpoint::v4(203, 0, 113, 9, 5000);

}  // namespace

TEST_CASE("without --link every interface that is up and has an address is used") {
  CHECK(names(plan_links(rig(), {}, kRelay)) == Names{"eth0@eth0", "usb0@usb0", "usb1@usb1"});
  auto const v6 = plan_links(rig(), {}, parse_endpoint("[2001:db8:1::1]:5000").value());
  CHECK(names(v6) == Names{"eth0@eth0"});
  CHECK(v6.links[0].addresses == std::vector{ip("2001:db8::5")});
}

TEST_CASE("twins with the same address are bound by device, not by address") {
  for (auto const& link : plan_links(rig(), {{"usb0"}, {"usb1"}}, kRelay).links) {
    CHECK_FALSE(link.source_required);
    CHECK(link.device == link.name);
  }
}

TEST_CASE("a relay on this host is reached by loopback") {
  CHECK(names(plan_links(rig(), {}, Endpoint::loopback(5000))) == Names{"lo@lo"});
  CHECK(names(plan_links(rig(), {}, Endpoint::v4(10, 0, 0, 5, 5000))) == Names{"lo@lo"});
  auto const two = plan_links(rig(), {{"127.0.0.2"}, {"127.0.0.3"}}, Endpoint::loopback(5000));
  CHECK(names(two) == Names{"127.0.0.2@", "127.0.0.3@"});
  CHECK(two.links[1].source_required);
}

TEST_CASE("links that were asked for and are not there are waited for by name") {
  auto const plan = plan_links(
      rig(), {{"usb0"}, {"usb7"}, {"wlan0"}, {"eth1"}, {"192.0.2.1"}, {"2001:db8::5"}}, kRelay);
  CHECK(names(plan) == Names{"usb0@usb0"});
  CHECK(plan.missing == Names{"usb7 is not there", "wlan0 has no IPv4 address", "eth1 is down",
                              "no interface has the address 192.0.2.1",
                              "2001:db8::5 cannot reach an IPv4 relay"});
}

TEST_CASE("an address is bound on the interface that has it, and named once") {
  auto const plan = plan_links(rig(), {{"10.0.0.5"}, {"10.0.0.5"}}, kRelay);
  REQUIRE(names(plan) == Names{"10.0.0.5@eth0"});
  CHECK(plan.links[0].source_required);
  CHECK(plan.links[0].source == ip("10.0.0.5"));
}

TEST_CASE("what can be no link is refused at once") {
  CHECK(check_link({"eth0"}));
  CHECK(check_link({"10.0.0.5"}));
  CHECK(check_link({"2001:db8::5"}));
  for (auto const* name : {"", "an interface", "a/b", "0123456789abcdef", "10.0.0.5:80"}) {
    auto const checked = check_link({name});
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::kUsage);
  }
}

}  // namespace aegis::agent
