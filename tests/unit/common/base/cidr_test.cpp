#include "common/base/cidr.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace aegis {
namespace {

bool holds(const char* network, const char* address) {
  auto const cidr = parse_cidr(network);
  auto const endpoint = parse_address(address);
  REQUIRE(cidr);
  REQUIRE(endpoint);
  return cidr->contains(endpoint->with_port(5000));
}

Error error_of(const char* text) {
  auto const cidr = parse_cidr(text);
  REQUIRE(!cidr);
  return cidr.error();
}

AddressRules rules(std::initializer_list<const char*> allow,
                   std::initializer_list<const char*> deny) {
  AddressRules out;
  for (auto const* text : allow) out.allow.push_back(*parse_cidr(text));
  for (auto const* text : deny) out.deny.push_back(*parse_cidr(text));
  return out;
}

bool admits(const AddressRules& rules, const char* address) {
  return rules.admits(*parse_address(address));
}

}  // namespace

TEST_CASE("a network holds the addresses that share its prefix", "[cidr]") {
  CHECK(holds("192.0.2.0/24", "192.0.2.0"));
  CHECK(holds("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  CHECK(holds("10.128.0.0/9", "10.255.1.1"));
  CHECK_FALSE(holds("10.128.0.0/9", "10.127.255.255"));
  CHECK(holds("192.0.2.6/31", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.6/31", "192.0.2.8"));
  CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(holds("2001:db8::/32", "2001:db9::1"));
  CHECK(holds("2001:db8:0:8000::/49", "2001:db8:0:ffff::"));
  CHECK_FALSE(holds("2001:db8:0:8000::/49", "2001:db8::"));
}

TEST_CASE("one address is a network of its own", "[cidr]") {
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("2001:db8::7", "2001:db8::7"));
  CHECK_FALSE(holds("2001:db8::7", "2001:db8::6"));
}

TEST_CASE("everybody of one family is nobody of the other", "[cidr]") {
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK_FALSE(holds("::/0", "203.0.113.9"));
}

TEST_CASE("an IPv4 address written as IPv6 is an IPv4 address", "[cidr]") {
  CHECK(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
  CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
}

TEST_CASE("what is no network is refused with what to write", "[cidr]") {
  for (auto const* text :
       {"", "/", "/8", "host", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/8x",
        "192.0.2.0/ 8", "192.0.2/24", "2001:db8::/129", "[2001:db8::]/32", "192.0.2.0:5000"})
    CHECK(error_of(text).kind == ErrorKind::kUsage);
  auto const error = error_of("192.0.2.77/24");
  CHECK(error.what == "network '192.0.2.77/24'");
  CHECK(error.why == "it has bits set beyond the first 24");
  CHECK(error.hint == "write 192.0.2.0/24");
  CHECK(error_of("2001:db8::1/32").hint == "write 2001:db8::/32");
}

TEST_CASE("without rules everybody may come", "[cidr]") {
  CHECK(admits({}, "203.0.113.9"));
  CHECK(admits({}, "2001:db8::1"));
}

TEST_CASE("when somebody is allowed nobody else is, and whoever is denied never", "[cidr]") {
  auto const some = rules({"192.0.2.0/24", "2001:db8::/32"}, {"192.0.2.7", "2001:db8:bad::/48"});
  CHECK(admits(some, "192.0.2.8"));
  CHECK_FALSE(admits(some, "192.0.2.7"));
  CHECK_FALSE(admits(some, "203.0.113.9"));
  CHECK(admits(some, "2001:db8::1"));
  CHECK_FALSE(admits(some, "2001:db8:bad::1"));
  auto const most = rules({}, {"192.0.2.0/24"});
  CHECK_FALSE(admits(most, "192.0.2.8"));
  CHECK(admits(most, "203.0.113.9"));
  CHECK(admits(most, "2001:db8::1"));
}

}  // namespace aegis
