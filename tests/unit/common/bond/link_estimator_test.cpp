// What the sender believes of a link: its round trip, its queue and its rate.
#include "common/bond/link_estimator.hpp"

#include <cmath>
#include <deque>

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr Bytes kPacket(1340);
constexpr Time kStart{Duration(1000s)};

enum class Answers { kSrtlaAcks, kReports };

// A bottleneck of a given rate and delay, and a sender that knows it by its estimator alone.
struct Wire {
  Answers answers;
  BitRate capacity;
  Duration delay = 30ms;  // one way, empty
  LinkEstimator estimator{};
  Time now = kStart;

  struct OnItsWay {
    Transmission sent;
    Time arrives{};
    Bytes sent_up_to{};
    std::uint32_t total_bytes = 0;
    bool open = true;
  };
  std::deque<OnItsWay> flight{};
  Time bottleneck_free{};
  Bytes in_flight{}, sent_bytes{};
  std::uint32_t arrived_bytes = 0;

  void send(bool backlog) {
    OnItsWay packet;
    packet.sent.bytes = kPacket;
    packet.sent.sent = now;
    estimator.on_sent(packet.sent, in_flight, backlog);
    bottleneck_free = std::max(bottleneck_free, now) + kPacket / capacity;
    packet.arrives = bottleneck_free + delay;
    in_flight += kPacket;
    packet.sent_up_to = sent_bytes += kPacket;
    packet.total_bytes = arrived_bytes += static_cast<std::uint32_t>(kPacket.count());
    flight.push_back(packet);
  }
  // Takes from the flight whatever the next answer that is due tells of.
  void answer() {
    std::size_t const batch = answers == Answers::kSrtlaAcks ? 10 : 1;
    while (flight.size() >= batch && flight[batch - 1].arrives + delay <= now) {
      OnItsWay const newest = flight[batch - 1];
      Bytes delivered;
      for (std::size_t i = 0; i < batch; ++i) delivered += flight[i].open ? kPacket : Bytes(0);
      flight.erase(flight.begin(), flight.begin() + static_cast<std::ptrdiff_t>(batch));
      in_flight -= delivered;
      Bytes const after = sent_bytes - newest.sent_up_to;
      if (answers == Answers::kSrtlaAcks) {
        estimator.on_delivered(newest.sent, delivered, after, now);
      } else {
        estimator.on_arrival(
            {.sent = newest.sent,
             .round_trip = newest.arrives + delay - newest.sent.sent,
             .arrived_us = static_cast<std::uint32_t>(newest.arrives.time_since_epoch().count()),
             .total_bytes = newest.total_bytes,
             .sent_after = after},
            now);
      }
    }
  }
  // More waits than the link takes; the lowest rate believed in meanwhile.
  BitRate busy_for(Duration span) {
    BitRate lowest = estimator.rate();
    Bytes const unanswered(answers == Answers::kSrtlaAcks ? 10 * kPacket.count() : 0);
    for (Time const end = now + span; now < end; now += 1ms) {
      answer();
      lowest = std::min(lowest, estimator.rate());
      while (in_flight + kPacket <= estimator.in_flight_cap(Duration(0)) + unanswered) send(true);
    }
    return lowest;
  }
  // One packet each `spacing`, nothing waits; the lowest rate believed in meanwhile.
  BitRate paced_for(Duration span, Duration spacing) {
    BitRate lowest = estimator.rate();
    Time next = now;
    for (Time const end = now + span; now < end; now += 1ms) {
      answer();
      lowest = std::min(lowest, estimator.rate());
      for (; next <= now; next += spacing) send(false);
    }
    return lowest;
  }
  // What is in flight comes so much later.
  void stand_still_for(Duration span) {
    now += span;
    bottleneck_free += span;
    for (auto& packet : flight) packet.arrives += span;
  }
  // What no acknowledgement covers yet leaves the flight by SRT's own.
  void idle_for(Duration span) {
    for (Time const end = now + span; now < end; now += 1ms) answer();
    for (auto& packet : flight) packet.open = false;
    in_flight = Bytes(0);
  }
};

double share(BitRate rate, BitRate of) {
  return rate.megabits_per_second() / of.megabits_per_second();
}

// One packet that arrives by the relay's clock at `arrived`, with this round trip.
void report(LinkEstimator& estimator, Time sent_at, std::uint32_t arrived, Duration round_trip,
            Bytes sent_after = Bytes(0)) {
  Transmission sent;
  sent.bytes = kPacket;
  sent.sent = sent_at;
  estimator.on_sent(sent, Bytes(0), false);
  estimator.on_arrival({.sent = sent,
                        .round_trip = round_trip,
                        .arrived_us = arrived,
                        .total_bytes = 0,
                        .sent_after = sent_after},
                       sent_at + round_trip);
}

}  // namespace

TEST_CASE("a link that is kept busy is known by its rate, and its queue stays short",
          "[bond][estimator]") {
  auto const answers = GENERATE(Answers::kSrtlaAcks, Answers::kReports);
  auto const megabits = GENERATE(0.5, 2.0, 8.0, 30.0);
  INFO((answers == Answers::kReports ? "reports, " : "acks, ") << megabits << " Mbit/s");
  Wire wire{answers, BitRate::megabits(megabits)};
  CHECK(!wire.estimator.rate_is_measured());
  wire.busy_for(5s);
  CHECK(wire.estimator.rate_is_measured());
  CHECK(share(wire.estimator.rate(), wire.capacity) == Approx(1).margin(0.1));
  Duration const batch = answers == Answers::kSrtlaAcks ? Bytes(10 * 1340) / wire.capacity : 0ms;
  CHECK(wire.estimator.queueing() <= LinkEstimator::kQueueTarget * 5 / 4 + batch);
  CHECK(wire.estimator.rtt() >= wire.estimator.min_rtt());
}

TEST_CASE("a change of the link's rate is followed", "[bond][estimator]") {
  auto const answers = GENERATE(Answers::kSrtlaAcks, Answers::kReports);
  INFO((answers == Answers::kReports ? "reports" : "acks"));
  Wire wire{answers, BitRate::megabits(8)};
  wire.busy_for(5s);
  wire.capacity = BitRate::megabits(2);
  wire.busy_for(2s);
  CHECK(share(wire.estimator.rate(), wire.capacity) == Approx(1).margin(0.15));
  wire.capacity = BitRate::megabits(8);
  wire.busy_for(2s);
  CHECK(share(wire.estimator.rate(), wire.capacity) == Approx(1).margin(0.15));
}

TEST_CASE("a link that is given less than it can do is not taken for slower", "[bond][estimator]") {
  auto const answers = GENERATE(Answers::kSrtlaAcks, Answers::kReports);
  auto const spacing = GENERATE(Duration(3ms), Duration(20ms), Duration(500ms));
  INFO((answers == Answers::kReports ? "reports, " : "acks, ") << to_milliseconds(spacing));
  Wire wire{answers, BitRate::megabits(8)};
  wire.busy_for(5s);
  wire.idle_for(1s);
  BitRate const before = wire.estimator.rate();
  wire.paced_for(10s, spacing);
  CHECK(wire.estimator.rate() >= before);
}

TEST_CASE("a pause is no sign of a slow link, when more waits after it than it takes",
          "[bond][estimator]") {
  auto const pause = GENERATE(Duration(300ms), Duration(2s), Duration(10s));
  INFO("pause of " << to_seconds(pause) << " s");
  Wire wire{Answers::kReports, BitRate::megabits(8)};
  wire.busy_for(5s);
  wire.idle_for(pause);
  CHECK(share(wire.busy_for(1s), wire.capacity) > 0.8);
}

TEST_CASE("traffic below the rate may still show that a link can do more", "[bond][estimator]") {
  auto const answers = GENERATE(Answers::kSrtlaAcks, Answers::kReports);
  Wire wire{answers, BitRate::megabits(30)};
  wire.paced_for(5s, 2ms);  // 5.4 Mbit/s
  CHECK(wire.estimator.rate() > BitRate::megabits(5));
  CHECK(wire.estimator.rate() < BitRate::megabits(7));
}

TEST_CASE("one sample raises the rate by half at most", "[bond][estimator]") {
  LinkEstimator estimator;
  Transmission sent;
  sent.bytes = kPacket;
  sent.sent = kStart;
  estimator.on_sent(sent, Bytes(0), true);
  estimator.on_delivered(sent, Bytes(134'000), Bytes(0), kStart + 40ms);  // 27 Mbit/s
  CHECK(estimator.rate() == LinkEstimator::kInitialRate.scaled(1.5));
}

TEST_CASE("answers that come closer together than what they answer was sent are no rate",
          "[bond][estimator]") {
  LinkEstimator estimator;
  Transmission sent;
  sent.bytes = kPacket;
  sent.sent = kStart;
  estimator.on_sent(sent, Bytes(0), false);
  estimator.on_delivered(sent, kPacket, Bytes(0), kStart + 60ms);
  for (int i = 1; i <= 100; ++i) {  // 10.7 Mbit/s
    sent.sent = kStart + 60ms + i * 1ms;
    estimator.on_sent(sent, kPacket, false);
  }
  // All at once and soon: 134 kB in the 102 ms since the last answer, but sent in 160 ms.
  estimator.on_delivered(sent, Bytes(134'000), Bytes(0), kStart + 162ms);
  double const gain = 1 - std::exp(-102.0 / 150);
  CHECK(estimator.rate().megabits_per_second() == Approx(2 + (6.7 - 2) * gain).margin(0.01));
}

TEST_CASE("the smallest round trip is remembered for half a minute and forgotten after a whole",
          "[bond][estimator]") {
  LinkEstimator estimator;
  CHECK(!estimator.rtt());
  CHECK(!estimator.min_rtt());
  estimator.on_rtt(20ms, kStart);
  CHECK(estimator.rtt() == Duration(20ms));
  CHECK(estimator.rtt_variance() == Duration(10ms));
  for (int second = 1; second <= 60; ++second) {
    estimator.on_rtt(80ms, kStart + second * 1s);  // after a handover
    if (second <= 30) CHECK(estimator.min_rtt() == Duration(20ms));
  }
  CHECK(estimator.min_rtt() == Duration(80ms));
  CHECK(to_milliseconds(*estimator.rtt()) == Approx(80).margin(0.5));
}

TEST_CASE("round trips are smoothed as RFC 6298 has it and never fall to zero",
          "[bond][estimator]") {
  LinkEstimator estimator;
  estimator.on_rtt(80ms, kStart);
  estimator.on_rtt(160ms, kStart);
  CHECK(estimator.rtt() == Duration(90ms));
  CHECK(estimator.rtt_variance() == Duration(50ms));
  estimator.on_rtt(-5ms, kStart);  // two clocks that disagree
  CHECK(estimator.min_rtt() == Duration(1us));
}

TEST_CASE("only the way to the relay counts as queue where reports tell of it",
          "[bond][estimator]") {
  // The relay's clock is anywhere, and wraps meanwhile.
  auto const clock = GENERATE(0u, 0xffff'f000u, 0x8000'0000u);
  LinkEstimator estimator;
  auto const at = [&](Duration since, Duration one_way, Duration way_back) {
    report(estimator, kStart + since, clock + static_cast<std::uint32_t>((since + one_way).count()),
           one_way + way_back);
    return estimator.queueing();
  };
  CHECK(at(0ms, 40ms, 20ms) == Duration(0));
  CHECK(at(10ms, 40ms, 300ms) == Duration(0));  // the answers are slow, not the link
  CHECK(at(20ms, 75ms, 20ms) == Duration(35ms));
  CHECK(at(30ms, 25ms, 20ms) == Duration(0));  // emptier than ever
  CHECK(at(40ms, 40ms, 20ms) == Duration(15ms));
  // The longest time that all packets took is the empty link's in the end.
  for (int second = 1; second <= 61; ++second) at(second * 1s, 60ms, 20ms);
  CHECK(estimator.queueing() == Duration(0));
}

TEST_CASE("a relay with another clock is no queue", "[bond][estimator]") {
  auto const jump = GENERATE(Duration(1s), Duration(20min), Duration(-20min), Duration(60min));
  INFO("a jump of " << to_seconds(jump) << " s");
  LinkEstimator estimator;
  for (int i = 0; i < 100; ++i)
    report(estimator, kStart + i * 10ms, static_cast<std::uint32_t>(i * 10'000 + 40'000), 80ms);
  REQUIRE(estimator.queueing() == Duration(0));
  estimator.on_outage(kStart + 1s);  // it was started again, or stands elsewhere now
  Duration worst{};
  for (int i = 1000; i < 1100; ++i) {
    Duration const arrived = i * 10ms + 40ms + jump;
    report(estimator, kStart + i * 10ms, static_cast<std::uint32_t>(arrived.count()), 80ms);
    worst = std::max(worst, estimator.queueing());
  }
  CHECK(worst <= 80ms);  // a packet cannot have waited for longer than its round trip
  CHECK(estimator.queueing() == Duration(0));
}

TEST_CASE("an outage halves the rate down to a floor and empties the queue", "[bond][estimator]") {
  Wire wire{Answers::kReports, BitRate::megabits(8)};
  wire.busy_for(5s);
  BitRate const before = wire.estimator.rate();
  wire.estimator.on_outage(wire.now);
  CHECK(wire.estimator.rate() == before.scaled(0.5));
  CHECK(wire.estimator.queueing() == Duration(0));
  CHECK(wire.estimator.arrival_of(Bytes(0), wire.now) == wire.now + *wire.estimator.min_rtt() / 2);
  for (int i = 0; i < 20; ++i) wire.estimator.on_outage(wire.now);
  CHECK(wire.estimator.rate() == LinkEstimator::kFloorRate);
  wire.estimator.on_readmission();  // does not raise it
  CHECK(wire.estimator.rate() == LinkEstimator::kFloorRate);
}

TEST_CASE("a link that answers again is measured from little, without its dark time",
          "[bond][estimator]") {
  Wire wire{Answers::kReports, BitRate::megabits(8)};
  wire.busy_for(5s);
  wire.stand_still_for(3s);
  wire.estimator.on_outage(wire.now);
  wire.estimator.on_readmission();
  CHECK(wire.estimator.rate() == LinkEstimator::kReadmissionRate);
  BitRate const lowest = wire.busy_for(3s);
  CHECK(lowest >= LinkEstimator::kReadmissionRate.scaled(0.9));
  CHECK(share(wire.estimator.rate(), wire.capacity) == Approx(1).margin(0.1));
}

TEST_CASE("round trips of what was sent out of use are not believed", "[bond][estimator]") {
  Wire wire{Answers::kReports, BitRate::megabits(8)};
  wire.estimator.on_live(wire.now);
  wire.busy_for(3s);
  auto const rtt = *wire.estimator.rtt(), variance = wire.estimator.rtt_variance();
  wire.estimator.on_outage(wire.now);
  for (int i = 0; i < 20; ++i) wire.estimator.on_rtt(9s, wire.now += 200ms);
  wire.estimator.on_live(wire.now);
  for (int i = 0; i < 20; ++i) wire.estimator.on_rtt(1s, wire.now += 10ms);
  CHECK(*wire.estimator.rtt() == rtt);
  CHECK(wire.estimator.rtt_variance() == variance);
  wire.estimator.on_rtt(300ms, wire.now += 1s);
  CHECK(*wire.estimator.rtt() > rtt);
}

TEST_CASE("a link well below what it carried before its outage may be filled faster",
          "[bond][estimator]") {
  Wire wire{Answers::kReports, BitRate::megabits(8)};
  wire.busy_for(5s);
  LinkEstimator fresh = wire.estimator;
  wire.estimator.on_outage(wire.now);
  wire.estimator.on_readmission();
  auto const& estimator = wire.estimator;
  Duration const usual = *estimator.min_rtt() + LinkEstimator::kQueueTarget;
  CHECK(estimator.in_flight_cap(0ms) == estimator.rate() * (usual + *estimator.min_rtt()));
  wire.busy_for(3s);
  CHECK(estimator.in_flight_cap(0ms) == estimator.rate() * usual);
  CHECK(share(estimator.rate(), fresh.rate()) == Approx(1).margin(0.1));
}

TEST_CASE("what is sent on a link delays what is sent next, until it has left",
          "[bond][estimator]") {
  LinkEstimator estimator;
  estimator.on_rtt(60ms, kStart);
  Duration const packet = kPacket / LinkEstimator::kInitialRate;
  CHECK(estimator.arrival_of(kPacket, kStart) == kStart + packet + 30ms);
  Transmission sent;
  sent.bytes = kPacket;
  sent.sent = kStart;
  for (int i = 0; i < 10; ++i) estimator.on_sent(sent, Bytes(i), true);
  CHECK(estimator.arrival_of(kPacket, kStart) == kStart + 11 * packet + 30ms);
  CHECK(sent.due == kStart + 10 * packet + 60ms);
  CHECK(estimator.arrival_of(kPacket, kStart + 1s) == kStart + 1s + packet + 30ms);
  // Five packets were sent after the one acknowledged: they left after it.
  estimator.on_delivered(sent, Bytes(0), Bytes(5 * 1340), kStart + 60ms);
  CHECK(estimator.arrival_of(Bytes(0), kStart) == kStart + 5 * packet + 30ms);
}

TEST_CASE("as much may be in flight as the empty link holds and the queue may",
          "[bond][estimator]") {
  LinkEstimator estimator;
  CHECK(estimator.in_flight_cap(0ms) == Bytes(37'500));  // 150 ms of 2 Mbit/s: nothing is known
  estimator.on_rtt(30ms, kStart);
  CHECK(estimator.in_flight_cap(0ms) == Bytes(20'000));
  CHECK(estimator.in_flight_cap(20ms) == Bytes(25'000));
}

TEST_CASE("what a link could do is remembered through outages in a row, and fades with time",
          "[bond][estimator]") {
  Wire wire{Answers::kReports, BitRate::megabits(8)};
  wire.busy_for(5s);
  auto& estimator = wire.estimator;
  Duration const usual = *estimator.min_rtt() + LinkEstimator::kQueueTarget;
  auto const goes_and_comes = [&] {
    estimator.on_outage(wire.now);
    estimator.on_readmission();
  };
  for (int i = 0; i < 8; ++i, wire.now += 200ms) goes_and_comes();
  CHECK(estimator.in_flight_cap(0ms) == estimator.rate() * (usual + *estimator.min_rtt()));
  wire.now += 10min;
  goes_and_comes();
  CHECK(estimator.in_flight_cap(0ms) == estimator.rate() * usual);
}

TEST_CASE("a queue drains while nothing is sent, and ends with the last packet",
          "[bond][estimator]") {
  LinkEstimator estimator;
  for (int i = 0; i < 10; ++i)
    report(estimator, kStart + i * 10ms, static_cast<std::uint32_t>(i * 10'000 + 40'000), 80ms);
  Bytes const behind = GENERATE(kPacket, Bytes(0));
  report(estimator, kStart + 100ms, 740'000, 680ms, behind);
  REQUIRE(estimator.queueing() == Duration(600ms));
  if (behind == Bytes(0)) {  // that was the last of it
    CHECK(estimator.queueing(kStart + 780ms) == Duration(0));
    return;
  }
  Time const reported = kStart + 780ms;
  CHECK(estimator.queueing(reported) == Duration(600ms));
  CHECK(estimator.queueing(reported + 400ms) == Duration(200ms));
  CHECK(estimator.queueing(reported + 5s) == Duration(0));
}

}  // namespace aegis::bond::test
