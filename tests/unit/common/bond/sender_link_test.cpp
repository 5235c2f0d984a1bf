// One link of the sender with an Aegis relay: when it is trusted, and how much is put on it.
#include "common/bond/sender_link.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr std::int64_t kPacket = 1340;

// A registered link whose packets arrive when the test says so; the reports come at once.
struct Bench {
  Time now{Duration(1s)};
  SenderLink link{LinkId{1}, now};
  std::uint32_t sent = 0, arrived = 0;
  Fates fates;

  Bench() {
    link.use_frames(true);
    link.on_registered(now);
  }
  void send(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i)
      link.on_data_sent(SeqNo(sent++), Bytes(kPacket), true, false, now);
  }
  // The next `count` packets arrive, the last of them now.
  void arrive(std::uint32_t count) {
    arrived += count;
    LinkArrivals news;
    news.link = 1;
    news.highest = arrived - 1;
    news.highest_arrived_us = static_cast<std::uint32_t>(now.time_since_epoch().count());
    news.packets = arrived;
    news.bytes = arrived * static_cast<std::uint32_t>(kPacket);
    news.before.fill(~std::uint64_t{0});
    fates.clear();
    link.on_report(news, news.highest_arrived_us, now, fates);
  }
  // One packet in, one packet out, each `spacing`.
  void flow(Duration length, Duration spacing) {
    for (Time const end = now + length; now < end; now += spacing) {
      send(1);
      arrive(1);
      CHECK(!link.check_overdue(now));
    }
  }
};

}  // namespace

TEST_CASE("a link that delivers late but steadily is slow, not suspect", "[bond][link]") {
  Bench bench;
  bench.flow(500ms, 1ms);
  bench.send(20);
  for (int i = 0; i < 20; ++i) {  // twenty times slower than it was: the last is a second late
    bench.now += 50ms;
    bench.arrive(1);
    CHECK(!bench.link.check_overdue(bench.now));
  }
  CHECK(bench.link.state() == LinkState::kLive);
  CHECK(bench.link.figures(bench.now).delivery_estimate < BitRate::kilobits(500));
}

TEST_CASE("a link from which nothing arrives any more is suspect within 250 ms", "[bond][link]") {
  Bench bench;
  bench.flow(500ms, 1ms);
  bench.send(20);
  bench.now += 229ms;
  CHECK(!bench.link.check_overdue(bench.now));
  bench.now += 2ms;
  CHECK(bench.link.check_overdue(bench.now));
  CHECK(bench.link.state() == LinkState::kSuspect);
}

TEST_CASE("a link is suspect though SRT has by other ways what it swallows", "[bond][link]") {
  Bench bench;
  bench.flow(500ms, 1ms);
  bool const by_repairs = GENERATE(true, false);  // or SRT asks for them
  Time const dark = bench.now;
  while (bench.link.state() == LinkState::kLive && bench.now < dark + 2s) {
    bench.send(1);
    bench.now += 5ms;
    // A copy over another link has come 150 ms after the packet was sent.
    std::uint32_t const copied = bench.sent - std::min(bench.sent - bench.arrived, 30u);
    if (by_repairs) {
      bench.link.on_srt_progress(SeqNo(copied), bench.now);
    } else if (copied > bench.arrived) {
      bench.link.on_srt_loss(SeqNo(copied - 1));
    }
    bench.link.check_overdue(bench.now);
  }
  CHECK(bench.link.state() == LinkState::kSuspect);
  CHECK(bench.now - dark <= 300ms);
}

TEST_CASE("the last packets of a burst may be lost without making the link suspect",
          "[bond][link]") {
  Bench bench;
  bench.flow(500ms, 1ms);
  for (int i = 0; i < 20; ++i) {
    bench.send(4);
    bench.now += 1ms;
    bench.arrive(1);
    bench.now += 110ms;
    bench.link.on_srt_progress(SeqNo(bench.sent), bench.now);
    bench.arrived = bench.sent;
    bench.now += 400ms;
    CHECK(!bench.link.check_overdue(bench.now));
  }
}

TEST_CASE("a suspect link gets four copies for each keepalive that it answers", "[bond][link]") {
  Bench bench;
  bench.flow(500ms, 1ms);
  auto const old = parse_keepalive(bench.link.make_keepalive(bench.now));
  bench.send(20);
  bench.now += 300ms;
  REQUIRE(bench.link.check_overdue(bench.now));
  CHECK(bench.link.takes_data(bench.now));  // were no other link live
  CHECK_FALSE(bench.link.wants_probe(bench.now));
  bench.link.on_keepalive_echo(old, bench.now);  // sent before it failed
  CHECK_FALSE(bench.link.wants_probe(bench.now));

  for (int answered = 0; answered < 2; ++answered) {
    bench.now += 2s;
    auto const asked = parse_keepalive(bench.link.make_keepalive(bench.now));
    bench.now += 50ms;
    bench.link.on_keepalive_echo(asked, bench.now);
    int copies = 0;
    for (; bench.link.wants_probe(bench.now) && copies < 10; ++copies)
      bench.link.on_probe_sent(SeqNo(bench.sent++), Bytes(kPacket), bench.now);
    CHECK(copies == 4);
    bench.now += 10s;
    CHECK_FALSE(bench.link.wants_probe(bench.now));
  }
}

TEST_CASE("a suspect link of a stock relay gets copies unasked", "[bond][link]") {
  Bench bench;
  bench.link.use_frames(false);
  bench.send(20);
  bench.now += 2s;
  REQUIRE(bench.link.check_overdue(bench.now));
  int copies = 0;
  for (; bench.link.wants_probe(bench.now) && copies < 100; ++copies)
    bench.link.on_probe_sent(SeqNo(bench.sent++), Bytes(kPacket), bench.now);
  CHECK(copies == 14);  // ten of which make one acknowledgement
}

TEST_CASE("a link that answers again starts from little", "[bond][link]") {
  Bench bench;
  bench.flow(2s, 1ms);
  CHECK(bench.link.estimator().rate() > BitRate::megabits(5));
  bench.send(20);
  bench.now += 300ms;
  REQUIRE(bench.link.check_overdue(bench.now));
  bench.arrive(20);  // all that was stuck comes at once: it says nothing of what the link can do
  CHECK(bench.link.state() == LinkState::kLive);
  CHECK(bench.link.estimator().rate() == LinkEstimator::kReadmissionRate);
}

TEST_CASE("a link takes more while packets wait for it", "[bond][link]") {
  Bench bench;
  bench.flow(2s, 2ms);
  auto const room = [&] {
    auto const figures = bench.link.figures(bench.now);
    return to_milliseconds(figures.in_flight_cap / figures.delivery_estimate);
  };
  double const usual = room();
  bench.link.allow_queue(250ms);
  CHECK(room() == Approx(usual + 250).margin(1));
  bench.link.allow_queue(0ms);
  CHECK(room() == Approx(usual).margin(1));
}

TEST_CASE("an idle link is sent a few copies now and then, whatever its rate was", "[bond][link]") {
  Bench bench;
  bench.flow(2s, 2ms);
  BitRate const enough = bench.link.estimator().rate().scaled(0.5);
  auto const copies = [&] {
    std::uint32_t count = 0;
    for (; bench.link.wants_warm_up(enough, bench.now); ++count)
      bench.link.on_warm_up_sent(SeqNo(bench.sent++), Bytes(kPacket), bench.now);
    bench.arrive(count);
    return count;
  };
  bench.now += 9s;
  CHECK(copies() == 0);
  bench.now += 2s;
  CHECK(copies() == 10);
  bench.now += 9s;
  CHECK(copies() == 0);
  bench.now += 2s;
  CHECK(copies() == 10);
}

}  // namespace aegis::bond::test
