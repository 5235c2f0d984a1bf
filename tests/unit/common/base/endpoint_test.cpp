#include "common/base/endpoint.hpp"

#include <unordered_set>

#include <catch2/catch.hpp>

namespace aegis {

TEST_CASE("numeric endpoints are read and written the same", "[endpoint]") {
  for (auto const* text :
       {"192.0.2.1:5000", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:1", "[::1]:80"}) {
    auto const endpoint = parse_endpoint(text);
    INFO(text);
    REQUIRE(endpoint.ok());
    CHECK(to_string(*endpoint) == text);
  }
  CHECK(*parse_endpoint("127.0.0.1:9") == Endpoint::loopback(9));
}

TEST_CASE("what is no numeric endpoint is refused", "[endpoint]") {
  for (auto const* text :
       {"", "192.0.2.1", "192.0.2.1:", ":5000", "192.0.2.256:1", "192.0.2.1:65536", "192.0.2.1:-1",
        "192.0.2.1:5000x", "192.0.2.1:+1", "2001:db8::1:5000", "[2001:db8::1]", "[2001:db8::1:5000",
        "[2001:db8::1]5000", "[]:1", "localhost:5000", "192.0.2.1 :5000", "192.0.2.01:1"}) {
    auto const endpoint = parse_endpoint(text);
    INFO(text);
    REQUIRE_FALSE(endpoint.ok());
    CHECK(endpoint.error().kind == ErrorKind::kUsage);
  }
}

TEST_CASE("a mapped IPv4 address is the IPv4 address", "[endpoint]") {
  CHECK(*parse_endpoint("[::ffff:192.0.2.1]:7") == Endpoint::v4(192, 0, 2, 1, 7));
  CHECK(parse_endpoint("[::ffff:192.0.2.1]:7")->is_v4());
}

TEST_CASE("kinds of addresses", "[endpoint]") {
  CHECK(Endpoint::loopback(1).is_loopback());
  CHECK(parse_address("127.9.9.9")->is_loopback());
  CHECK(parse_address("::1")->is_loopback());
  CHECK_FALSE(parse_address("128.0.0.1")->is_loopback());
  CHECK_FALSE(parse_address("::2")->is_loopback());
  CHECK_FALSE(parse_address("fe80::1")->is_loopback());
  CHECK(Endpoint::any_v6(1).is_any());
  CHECK(parse_address("0.0.0.0")->is_any());
  CHECK_FALSE(parse_address("0.0.0.1")->is_any());
  CHECK_FALSE(parse_address("::1")->is_any());
}

TEST_CASE("masked addresses give the network only", "[endpoint]") {
  CHECK(masked(*parse_endpoint("192.0.2.77:5000")) == "192.0.x.x");
  CHECK(masked(*parse_endpoint("[2001:db8:aa:bb::77]:5000")) == "2001:db8:x");
}

TEST_CASE("hosts and ports as users type them", "[endpoint]") {
  auto const read = [](std::string_view text, std::uint16_t usual) {
    return parse_host_port(text, usual);
  };
  CHECK(*read("relay.example.org:7", 5000) == HostPort{"relay.example.org", 7});
  CHECK(*read("relay.example.org", 5000) == HostPort{"relay.example.org", 5000});
  CHECK(*read("6000", 5000) == HostPort{"", 6000});
  CHECK(*read(":6000", 5000) == HostPort{"", 6000});
  CHECK(*read("[2001:db8::1]:7", 5000) == HostPort{"2001:db8::1", 7});
  CHECK(*read("[2001:db8::1]", 5000) == HostPort{"2001:db8::1", 5000});
  CHECK(*read("192.0.2.1", 5000) == HostPort{"192.0.2.1", 5000});
  for (auto const* text : {"", "relay.example.org", "[::1]", "2001:db8::1", "[::1", "[::1]x",
                           "host:port", "host:99999", "99999"}) {
    INFO(text);
    CHECK_FALSE(read(text, 0).ok());
  }
  CHECK(to_string(HostPort{"2001:db8::1", 7}) == "[2001:db8::1]:7");
  CHECK(to_string(HostPort{"relay", 7}) == "relay:7");
}

TEST_CASE("endpoints order and hash by all of their parts", "[endpoint]") {
  std::unordered_set<Endpoint> set;
  for (std::uint16_t port = 1; port <= 100; ++port)
    for (std::uint8_t last = 0; last < 10; ++last) set.insert(Endpoint::v4(192, 0, 2, last, port));
  set.insert(Endpoint::v4(192, 0, 2, 0, 1));
  CHECK(set.size() == 1000);
  Endpoint::Address const local{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  CHECK(Endpoint(local, 1, 2) != Endpoint(local, 1, 3));
}

}  // namespace aegis
