#include "common/bond/link_meter.hpp"

#include <catch2/catch.hpp>

using namespace aegis;
using bond::LinkMeter;

namespace {

std::uint32_t stamp(Duration sent) {
  return static_cast<std::uint32_t>(sent.count());
}

}  // namespace

TEST_CASE("nothing is known of a link before packets came", "[link_meter]") {
  LinkMeter meter;
  CHECK_FALSE(meter.jitter());
  CHECK_FALSE(meter.queueing(Time(1s)));
  CHECK_FALSE(meter.loss(Time(1s)));
  meter.on_media(5, Time(1s));
  meter.on_number(5, Time(1s));
  CHECK_FALSE(meter.jitter());
  CHECK_FALSE(meter.loss(Time(1s)));
}

TEST_CASE("jitter is RFC 3550's: a sixteenth of each change of transit", "[link_meter]") {
  LinkMeter meter;
  meter.on_media(0, Time(1s));
  meter.on_media(stamp(10ms), Time(1s) + 10ms);
  CHECK(meter.jitter() == Duration(0));
  meter.on_media(stamp(20ms), Time(1s) + 36ms);  // 16 ms later than the one before
  CHECK(meter.jitter() == 1ms);
  meter.on_media(stamp(30ms), Time(1s) + 30ms);  // and 16 ms earlier: 1 + (16 - 1) / 16
  CHECK(meter.jitter() == Duration(1938));
}

TEST_CASE("timestamps wrap, and another connection's begin anew", "[link_meter]") {
  LinkMeter meter;
  meter.on_media(0xffffff00u, Time(1s));
  meter.on_media(0x100u, Time(1s) + 512us);
  CHECK(meter.jitter() == Duration(0));
  meter.on_media(0x100u + stamp(1min), Time(2s));
  CHECK_FALSE(meter.jitter());
  CHECK_FALSE(meter.queueing(Time(2s)));
}

TEST_CASE("queueing is the delay beyond the quickest lately", "[link_meter]") {
  LinkMeter meter;
  Duration sent{};
  Time now(1s);
  auto const send_with_delay = [&](Duration delay) {
    sent += 10ms;
    now = Time(1s) + sent + delay;
    meter.on_media(stamp(sent), now);
  };
  send_with_delay(30ms);
  send_with_delay(30ms);
  CHECK(meter.queueing(now) == Duration(0));
  send_with_delay(100ms);
  CHECK(meter.queueing(now) == 70ms);
  CHECK_FALSE(meter.queueing(now + 2s));
  for (int i = 0; i < 3000; ++i) send_with_delay(100ms);  // the path has become longer for good
  CHECK(meter.queueing(now) == Duration(0));
}

TEST_CASE("loss is the part of a second's numbers that did not come", "[link_meter]") {
  LinkMeter meter;
  Time now(1s);
  for (std::uint32_t number = 0xfffffff0u; number != 500; ++number, now += 10ms)
    if (number % 5 != 0) meter.on_number(number, now);
  REQUIRE(meter.loss(now));
  CHECK(*meter.loss(now) == Approx(0.2).margin(0.02));
  for (std::uint32_t number = 500; number != 800; ++number, now += 10ms)
    meter.on_number(number ^ 1u, now);  // each pair swapped: late is not lost
  CHECK(*meter.loss(now) == Approx(0).margin(0.011));
  CHECK_FALSE(meter.loss(now + 3s));
  meter.on_number(7, now + 3s);  // begun anew
  CHECK_FALSE(meter.loss(now + 3s));
}
