// The settings of a link as people type them.
#include "agent/link_settings.hpp"

#include <catch2/catch.hpp>

namespace aegis::agent {

TEST_CASE("a link's settings are read, and written as they were typed", "[link]") {
  for (auto const* text : {"weight=2", "weight=0.5,priority=3", "cap=6M", "cap=1500k,off",
                           "data=10G/month", "data=500M/day", "priority=9,data=12345B/day,off"}) {
    INFO(text);
    auto const change = change_settings({}, text);
    REQUIRE(change);
    CHECK(to_text(change->settings) == text);
    CHECK_FALSE(change->used);
  }
  CHECK(to_text({}).empty());
}

TEST_CASE("a change leaves alone what it does not name", "[link]") {
  auto const before = change_settings({}, "weight=2,cap=6M,data=1G/day,off")->settings;
  auto const after = change_settings(before, "on,cap=2M");
  REQUIRE(after);
  CHECK(to_text(after->settings) == "weight=2,cap=2M,data=1G/day");
  CHECK(to_text(change_settings(before, "cap=none,data=none,weight=1,on")->settings).empty());
  auto const used = change_settings(before, "used=3.2G");
  REQUIRE(used);
  CHECK(used->used == Bytes(3'200'000'000));
  CHECK(used->settings == before);
}

TEST_CASE("what is no setting of a link is refused with an example", "[link]") {
  for (auto const* text :
       {"",          ",",           "of",          "off=1",        "on=yes",        "weight",
        "weight=",   "weight=0",    "weight=nan",  "weight=inf",   "weight=-1",     "weight=11",
        "weight=2x", "priority=-1", "priority=10", "priority=1.5", "cap=6",         "cap=0M",
        "cap=-6M",   "cap=1k",      "data=10G",    "data=10G/",    "data=10G/week", "data=10/month",
        "data=/day", "used=3",      "weight=2,",   "cap=6M, off"}) {
    INFO(text);
    auto const change = change_settings({}, text);
    REQUIRE_FALSE(change);
    CHECK(change.error().kind == ErrorKind::kUsage);
    CHECK_FALSE(change.error().hint.empty());
  }
}

TEST_CASE("the bond is told what the user wants, and that a data cap is reached", "[link]") {
  auto const settings = change_settings({}, "weight=2,priority=1,cap=6M")->settings;
  auto const policy = policy_of(settings, false);
  CHECK(policy.weight == 2);
  CHECK(policy.priority == 1);
  CHECK(policy.cap == BitRate::megabits(6));
  CHECK_FALSE(policy.off);
  CHECK(policy_of(settings, true).off);
  CHECK(policy_of(change_settings({}, "off")->settings, false).off);
}

}  // namespace aegis::agent
