#include "emulator/profile.hpp"

#include <catch2/catch.hpp>

using namespace aegis;
using namespace aegis::emulator;

TEST_CASE("A profile says everything that a link does") {
  auto trace = std::make_shared<const Trace>(Trace::parse("1\n2\n").value());
  auto find = [&](std::string_view name) { return name == "lte" ? trace : nullptr; };
  Profile const p = parse_profile(
                        "rate:6M/delay:30ms/jitter:2ms:normal:reorder/loss:0.1%/burst:1%:25%:90%/"
                        "queue:64k/outage:1s:2s/outage:5s:1s:hold/duplicate:0.01/reorder:2%:7ms",
                        find)
                        .value();
  CHECK(p.rate == BitRate::megabits(6));
  CHECK(p.delay == 30ms);
  CHECK((p.jitter.span == 2ms && p.jitter.normal && p.jitter.may_reorder));
  CHECK(p.loss == Approx(0.001));
  CHECK(p.burst_loss->to_good == Approx(0.25));
  CHECK(p.burst_loss->loss_in_bad == Approx(0.9));
  CHECK(p.queue.bytes == Bytes(64'000));
  REQUIRE(p.outages.size() == 2);
  CHECK((p.outages[1].start == 5s && p.outages[1].kind == OutageKind::kHold));
  CHECK(p.duplicate == Approx(0.01));
  CHECK((p.reorder == Approx(0.02) && p.reorder_by == 7ms));
  CHECK(parse_profile("trace:lte/queue:200ms", find).value().trace == trace);
}

TEST_CASE("A profile's own words make the same profile") {
  auto trace = std::make_shared<const Trace>(Trace::parse("1\n2\n").value());
  auto find = [&](std::string_view name) { return name == "lte" ? trace : nullptr; };
  for (const char* text :
       {"", "rate:1234567k/delay:30ms/loss:0.1%/queue:2s",
        "trace:lte/queue:64k/burst:1%:25%:90%:1%",
        "jitter:2ms:normal:reorder/outage:1s:2s/outage:5s:1s:hold/duplicate:0.01/reorder:2%:7ms"}) {
    INFO(text);
    std::string const words = to_text(parse_profile(text, find).value(), "lte");
    Profile const again = parse_profile(words, find).value();
    CHECK(to_text(again, "lte") == words);
    for (std::string_view const stage : split(text, '/')) {
      bool const said = stage.empty() || words.find(stage.substr(0, stage.find(':'))) != words.npos;
      CHECK(said);
    }
  }
  CHECK(to_text(parse_profile("rate:1234567k/delay:30ms/loss:0.1%", find).value(), "") ==
        "delay:30000us/rate:1234567k/loss:0.001");
}

TEST_CASE("A trace's own text makes the same trace") {
  CHECK(Trace::parse("1\n1\n7\n")->text() == "1\n1\n7\n");
}

TEST_CASE("What a link cannot do is refused in words") {
  for (const char* text :
       {"rate", "rate:6", "speed:6M", "loss:101%", "loss:-1%", "loss:x", "trace:none", "outage:1s",
        "outage:1s:1s:blink", "outage:5s:5s/outage:7s:1s", "jitter:2ms:wild", "burst:1%",
        "queue:64", "delay:30"}) {
    auto const result = parse_profile(text, nullptr);
    INFO(text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().kind == ErrorKind::kUsage);
  }
}

TEST_CASE("A trace that is none is refused with its line") {
  for (const char* text : {"", "0\n", "5\n3\n", "5\nx\n", "-1\n", "1.5\n"}) {
    INFO(text);
    CHECK_FALSE(Trace::parse(text).ok());
  }
  CHECK(Trace::parse("5\n3\n").error().what == "trace line 2 is not usable");
  CHECK(Trace::parse("1\r\n2\r\n")->period() == 2ms);
}
