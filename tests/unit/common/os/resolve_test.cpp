#include "common/os/resolve.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aegis;
using namespace aegis::os;

TEST_CASE("numeric hosts and localhost resolve without a network", "[resolve]") {
  auto const v4 = resolve({"192.0.2.7", 5000});
  REQUIRE(v4);
  CHECK(*v4 == std::vector<Endpoint>{Endpoint::v4(192, 0, 2, 7, 5000)});

  auto const v6 = resolve({"2001:db8::1", 5000});
  REQUIRE(v6);
  REQUIRE(v6->size() == 1);
  CHECK(to_string(v6->front()) == "[2001:db8::1]:5000");

  auto const local = resolve({"localhost", 1});
  REQUIRE(local);
  CHECK(std::all_of(local->begin(), local->end(), [](auto& e) { return e.is_loopback(); }));
}

TEST_CASE("no host is every address", "[resolve]") {
  auto const any = resolve({"", 5000});
  REQUIRE(any);
  CHECK(*any == std::vector<Endpoint>{Endpoint::any_v6(5000)});
}

TEST_CASE("a name that does not exist is unreachable, with a hint", "[resolve]") {
  auto const none = resolve({"no-such-host.invalid", 5000});
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::kUnreachable);
  CHECK_FALSE(none.error().hint.empty());
}
