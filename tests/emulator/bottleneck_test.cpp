#include "emulator/bottleneck.hpp"

#include <catch2/catch.hpp>

#include "emulator/random.hpp"

using namespace aegis;
using namespace aegis::emulator;

namespace {

const Time kStart{Duration(1'000'000'000'000)};  // a machine that has been up for 11 days

Profile at_rate(BitRate rate) {
  Profile profile;
  profile.rate = rate;
  return profile;
}

Profile with_trace(std::string_view text) {
  Profile profile;
  profile.trace = std::make_shared<const Trace>(Trace::parse(text).value());
  return profile;
}

// When each packet left, in microseconds since kStart.
std::vector<std::int64_t> departures(Bottleneck& bottleneck, Time until) {
  std::vector<std::int64_t> times;
  while (auto departure = bottleneck.pop(until))
    times.push_back((departure->left - kStart).count());
  return times;
}

}  // namespace

TEST_CASE("A rate serves byte by byte, however late the caller comes") {
  Bottleneck bottleneck(kStart);
  bottleneck.configure(at_rate(BitRate::megabits(6)), kStart);
  bottleneck.push(PacketBytes(1500), kStart);
  bottleneck.push(PacketBytes(750), kStart);
  CHECK(bottleneck.next_departure() == kStart + 2ms);
  CHECK(departures(bottleneck, kStart + 1s) == std::vector<std::int64_t>{2000, 3000});
  bottleneck.push(PacketBytes(1500), kStart + 1s);
  CHECK(bottleneck.next_departure() == kStart + 1s + 2ms);
}

TEST_CASE("What a packet waits for is told apart: the link itself, or others before it") {
  for (bool const trace : {false, true}) {
    Bottleneck bottleneck(kStart);
    // Either way an empty link takes 2 ms for 1500 bytes.
    bottleneck.configure(trace ? with_trace("2\n4\n6\n8\n10\n12\n") : at_rate(BitRate::megabits(6)),
                         kStart);
    bottleneck.push(PacketBytes(1500), kStart);
    bottleneck.push(PacketBytes(1500), kStart);
    auto const first = bottleneck.pop(kStart + 1s);
    auto const second = bottleneck.pop(kStart + 1s);
    REQUIRE((first && second));
    CHECK(first->left - first->unloaded == Duration::zero());
    CHECK(second->left - second->unloaded == 2ms);
  }
}

TEST_CASE("A saturated rate is kept within a part in ten thousand over a minute") {
  BitRate const rate = BitRate::kilobits(6789);
  Bottleneck bottleneck(kStart);
  bottleneck.configure(at_rate(rate), kStart);
  Random random(1);
  std::int64_t through = 0;
  for (Time now = kStart; now < kStart + 60s; now += Duration(137)) {
    while (bottleneck.backlog_bytes() < 20'000) {
      bottleneck.push(PacketBytes(40 + random.next() % 1461), now);
    }
    while (auto departure = bottleneck.pop(now)) {
      through += static_cast<std::int64_t>(departure->packet.size());
    }
  }
  double const expected = static_cast<double>((rate * Duration(60s)).count());
  CHECK(static_cast<double>(through) == Approx(expected).epsilon(1e-4));
}

TEST_CASE("A change of rate counts from the byte where it happens") {
  Bottleneck bottleneck(kStart);
  bottleneck.configure(at_rate(BitRate::megabits(6)), kStart);
  bottleneck.push(PacketBytes(1500), kStart);
  bottleneck.configure(at_rate(BitRate::megabits(3)), kStart + 1ms);  // half of it is through
  CHECK(departures(bottleneck, kStart + 1s) == std::vector<std::int64_t>{3000});
  bottleneck.configure(at_rate(BitRate()), kStart + 1s);
  bottleneck.push(PacketBytes(1500), kStart + 1s);
  CHECK(bottleneck.next_departure() == kNever);
}

TEST_CASE("The queue holds its bytes and not one more") {
  Profile profile = at_rate(BitRate::megabits(6));
  SECTION("as bytes") {
    profile.queue.bytes = Bytes(15'000);
  }
  SECTION("as the time they take") {
    profile.queue.time = 20ms;
  }
  Bottleneck bottleneck(kStart);
  bottleneck.configure(profile, kStart);
  int accepted = 0;
  for (int i = 0; i < 20; ++i) accepted += bottleneck.push(PacketBytes(1500), kStart) ? 1 : 0;
  CHECK(accepted == 10);
  CHECK(bottleneck.push(PacketBytes(1500), kStart + 2ms));  // one has left
  CHECK_FALSE(bottleneck.push(PacketBytes(1500), kStart + 2ms));
}

TEST_CASE("A trace's opportunity carries several small packets, or a part of a large one") {
  Bottleneck bottleneck(kStart);
  bottleneck.configure(with_trace("10\n20\n30\n"), kStart);
  for (std::size_t size : {500u, 500u, 1000u, 1000u}) bottleneck.push(PacketBytes(size), kStart);
  // 10 ms: 500 + 500 + half of the third. 20 ms: its rest and the fourth.
  CHECK(departures(bottleneck, kStart + 1s) ==
        std::vector<std::int64_t>{10'000, 10'000, 20'000, 20'000});
}

TEST_CASE("A trace repeats, and an opportunity that nobody takes is lost") {
  Bottleneck bottleneck(kStart);
  bottleneck.configure(with_trace("0\n5\n5\n20\n"), kStart);
  for (int i = 0; i < 5; ++i) bottleneck.push(PacketBytes(1500), kStart + 1ms);
  CHECK(departures(bottleneck, kStart + 1s) ==
        std::vector<std::int64_t>{5'000, 5'000, 20'000, 20'000, 25'000});
  bottleneck.push(PacketBytes(100), kStart + 1s + 6ms);
  CHECK(departures(bottleneck, kStart + 2s) == std::vector<std::int64_t>{1'020'000});
}

TEST_CASE("A saturated trace delivers its mean rate exactly") {
  std::string text;
  Random random(7);
  for (std::int64_t ms = 0, i = 0; i < 5000; ++i) {
    ms += static_cast<std::int64_t>(random.next() % 4);
    text += std::to_string(ms) + "\n";
  }
  Profile const profile = with_trace(text);
  Bottleneck bottleneck(kStart);
  bottleneck.configure(profile, kStart);
  std::int64_t through = 0;
  Time const end = kStart + 3 * profile.trace->period();
  for (Time now = kStart; now < end; now += 1ms) {
    while (bottleneck.backlog_bytes() < 50'000) bottleneck.push(PacketBytes(1316), now);
    while (auto departure = bottleneck.pop(now)) through += 1316;
  }
  double const expected =
      static_cast<double>((profile.trace->mean_rate() * (end - kStart)).count());
  CHECK(static_cast<double>(through) == Approx(expected).epsilon(1e-3));
}

TEST_CASE("A paused queue fills, and goes on where it stood") {
  Profile profile = at_rate(BitRate::megabits(12));
  profile.queue.bytes = Bytes(3000);
  Bottleneck bottleneck(kStart);
  bottleneck.configure(profile, kStart);
  bottleneck.pause(kStart);
  CHECK(bottleneck.push(PacketBytes(1500), kStart));
  CHECK(bottleneck.push(PacketBytes(1500), kStart));
  CHECK_FALSE(bottleneck.push(PacketBytes(1500), kStart + 1s));
  CHECK(bottleneck.next_departure() == kNever);
  bottleneck.resume(kStart + 2s);
  CHECK(departures(bottleneck, kStart + 3s) == std::vector<std::int64_t>{2'001'000, 2'002'000});
}
