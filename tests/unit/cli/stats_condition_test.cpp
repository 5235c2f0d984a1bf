#include "cli/stats_condition.hpp"

#include <catch2/catch.hpp>

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

Json rig(double loss, int rate = 5'000'000) {
  return {{"kind", "rig"},
          {"state", "live"},
          {"input", {{"rate_bps", rate}, {"last_media_ms", 20}}},
          {"bond", {{"deliverable_bps", 7'000'000}}},
          {"srt", {{"send_buffer_ms", 120}}},
          {"links",
           {{{"name", "eth0"}, {"state", "live"}, {"loss", 0.0}, {"rtt_ms", 30.5}},
            {{"name", "wwan0"}, {"state", "suspect"}, {"loss", loss}, {"rtt_ms", nullptr}}}}};
}

Json relay() {
  return {
      {"kind", "relay"},
      {"sessions", {{{"stream", "cam"}, {"state", "grace"}, {"rate_bps", nullptr}}}},
      {"players", Json::array()},
      {"groups",
       {{{"id", 3}, {"links", {{{"address", "192.0.x.x"}, {"state", "live"}, {"loss", 0.02}}}}}}}};
}

// What is found at once; empty when the condition does not hold.
std::string found(const char* condition, const Json& report) {
  auto parsed = Condition::parse(condition);
  INFO(condition);
  REQUIRE(parsed.ok());
  return parsed->look({report}, Time{1s}).value_or("");
}

}  // namespace

TEST_CASE("conditions compare figures in their units", "[cli]") {
  CHECK(found("loss>1%", rig(0.032)) == "loss of wwan0 is 3.2 %");
  CHECK(found("loss > 5 %", rig(0.032)).empty());
  CHECK(found("rate<2M", rig(0, 1'500'000)) == "rate of the rig is 1.50 Mbit/s");
  CHECK(found("rate>=1500k", rig(0, 1'500'000)) != "");
  CHECK(found("rtt>30ms", rig(0)) == "rtt of eth0 is 30 ms");
  CHECK(found("links<2", rig(0)) == "links of the rig is 1");
  CHECK(found("links = 1", rig(0)) != "");
  CHECK(found("state!=live", rig(0)).empty());
  CHECK(found("state=live", rig(0)) == "state of the rig is live");
  CHECK(found("forecast<8M", rig(0)) != "");
  CHECK(found("buffered>100ms", rig(0)) != "");
  CHECK(found("silence>1s", rig(0)).empty());
}

TEST_CASE("of a relay the sessions, players and links count", "[cli]") {
  CHECK(found("sessions<1", relay()).empty());
  CHECK(found("players<1", relay()) == "players of the relay is 0");
  CHECK(found("state!=live", relay()) == "state of cam is grace");
  CHECK(found("loss>=2%", relay()) == "loss of 192.0.x.x of group 3 is 2.0 %");
  CHECK(found("groups!=1", relay()).empty());
}

TEST_CASE("nothing is true of what is not known", "[cli]") {
  CHECK(found("rate<100M", relay()).empty());
  CHECK(found("rtt>0ms", relay()).empty());
  CHECK(found("sessions<1", rig(0)).empty());
  CHECK(found("loss>=0%", Json::object()).empty());
}

TEST_CASE("a condition with a time holds after it has been true for so long", "[cli]") {
  auto condition = *Condition::parse("loss>1% for 10s");
  CHECK(condition.span() == 10s);
  Time now{100s};
  CHECK_FALSE(condition.look({rig(0)}, now));
  CHECK_FALSE(condition.is_pending());
  CHECK_FALSE(condition.look({rig(0.02)}, now += 1s));
  CHECK(condition.is_pending());
  CHECK_FALSE(condition.look({rig(0.02)}, now += 9s));
  CHECK(condition.look({rig(0.02)}, now += 1s) == "loss of wwan0 is 2.0 %");
  CHECK_FALSE(condition.look({rig(0.01)}, now += 1s));
  CHECK_FALSE(condition.look({rig(0.02)}, now += 1s));
}

TEST_CASE("any of several reports will do", "[cli]") {
  auto condition = *Condition::parse("players<1");
  CHECK(condition.look({rig(0), relay()}, Time{1s}));
}

TEST_CASE("what compares nothing is refused with what would", "[cli]") {
  for (auto const* text : {"", "loss", "loss>", "loss>1", "loss>x%", "wrong>1", "rate>2%", "rtt>5",
                           "links>two", "state>live", "state=", "loss!1%", "loss>1% for", "=1",
                           "loss>1% for 10", "loss>-1%", "links>-1", "rate<1M extra"}) {
    auto const parsed = Condition::parse(text);
    INFO(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().kind == ErrorKind::kUsage);
  }
}

}  // namespace aegis::cli
