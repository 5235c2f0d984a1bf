#include "emulator/pipe.hpp"

#include <cmath>
#include <tuple>

#include <catch2/catch.hpp>

#include "common/base/bytes.hpp"

using namespace aegis;
using namespace aegis::emulator;

namespace {

const Time kStart{Duration(5'000'000)};

PacketBytes numbered(std::size_t number, std::size_t size = 200) {
  PacketBytes packet(size);
  store_u32(packet, 0, static_cast<std::uint32_t>(number));
  return packet;
}

struct Arrival {
  std::size_t number;
  Duration at;
};

// Sends `count` packets every `gap` and steps from event to event until the pipe is empty.
std::vector<Arrival> run(Pipe& pipe, std::size_t count, Duration gap, std::size_t size = 200) {
  std::vector<Arrival> arrivals;
  Time now = kStart;
  for (std::size_t sent = 0; sent < count || pipe.next_event() != kNever;) {
    Time const next_send = sent < count ? kStart + static_cast<int>(sent) * gap : kNever;
    now = std::min(next_send, pipe.next_event());
    if (now == next_send) pipe.push(numbered(sent++, size), now);
    while (auto packet = pipe.pop(now)) arrivals.push_back({load_u32(*packet, 0), now - kStart});
  }
  return arrivals;
}

Profile parsed(std::string_view text) {
  return parse_profile(text, nullptr).value();
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

TEST_CASE("Delay is exact, and a pipe without stages is transparent") {
  Pipe delayed(parsed("delay:30ms"), 1, kStart);
  auto arrivals = run(delayed, 100, 777us);
  REQUIRE(arrivals.size() == 100);
  for (const Arrival& a : arrivals) CHECK(a.at == static_cast<int>(a.number) * 777us + 30ms);
  Pipe plain(Profile{}, 1, kStart);
  for (const Arrival& a : run(plain, 100, 1ms)) CHECK(a.at == static_cast<int>(a.number) * 1ms);
}

TEST_CASE("Rate and delay add up, and queueing delay is measured") {
  Pipe pipe(parsed("rate:8M/delay:10ms"), 1, kStart);
  auto arrivals = run(pipe, 10, 0us, 1000);  // ten at once, 1 ms each
  for (const Arrival& a : arrivals) CHECK(a.at == static_cast<int>(a.number + 1) * 1ms + 10ms);
  CHECK(pipe.queueing().max() == 10ms);
  CHECK(to_milliseconds(pipe.queueing().quantile(0.5)) == Approx(5).epsilon(0.02));
}

TEST_CASE("Random loss has the rate asked for, at any seed") {
  for (std::uint64_t seed : {1u, 2u, 3u}) {
    Pipe pipe(parsed("loss:2%"), seed, kStart);
    run(pipe, 200'000, 10us);
    // 200 000 draws at 2 %: the standard deviation is 0.03 %.
    CHECK(share(pipe.counters().lost_random, 200'000) == Approx(0.02).margin(0.0013));
  }
}

TEST_CASE("Burst loss has the mean and the run length of its two states") {
  Pipe pipe(parsed("burst:1%:25%"), 5, kStart);
  auto arrivals = run(pipe, 200'000, 10us);
  // Share of the bad state 0.01 / 0.26; mean run 1 / 0.25.
  CHECK(share(pipe.counters().lost_burst, 200'000) == Approx(0.01 / 0.26).epsilon(0.05));
  std::size_t runs = 0;
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    runs += arrivals[i].number != arrivals[i - 1].number + 1 ? 1u : 0u;
  }
  CHECK(share(pipe.counters().lost_burst, runs) == Approx(4).epsilon(0.05));
}

TEST_CASE("Jitter spreads arrivals; it reorders only when told to") {
  auto out_of_order = [](std::string_view text) {
    Pipe pipe(parsed(text), 9, kStart);
    auto arrivals = run(pipe, 20'000, 100us);
    std::size_t late = 0;
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      if (i > 0 && arrivals[i].number < arrivals[i - 1].number) ++late;
      double const delay =
          to_milliseconds(arrivals[i].at - static_cast<int>(arrivals[i].number) * 100us);
      sum += delay;
      squares += delay * delay;
    }
    double const mean = sum / 20'000;
    return std::tuple(late, mean, std::sqrt(squares / 20'000 - mean * mean));
  };
  auto [late, mean, deviation] = out_of_order("delay:50ms/jitter:5ms:normal:reorder");
  CHECK(late > 1000);
  CHECK(mean == Approx(50).margin(0.2));
  CHECK(deviation == Approx(5).epsilon(0.03));
  CHECK(std::get<0>(out_of_order("delay:50ms/jitter:5ms:normal")) == 0);
  auto [late_uniform, mean_uniform, deviation_uniform] =
      out_of_order("delay:50ms/jitter:6ms:uniform:reorder");
  CHECK(late_uniform > 1000);
  CHECK(mean_uniform == Approx(50).margin(0.2));
  CHECK(deviation_uniform == Approx(6 / std::sqrt(3.0)).epsilon(0.03));
}

TEST_CASE("Duplicates and held-back packets come as often as asked") {
  Pipe pipe(parsed("delay:5ms/duplicate:3%/reorder:2%:4ms"), 4, kStart);
  auto arrivals = run(pipe, 50'000, 1ms);
  CHECK(arrivals.size() == 50'000 + pipe.counters().duplicated);
  CHECK(share(pipe.counters().duplicated, 50'000) == Approx(0.03).epsilon(0.08));
  CHECK(share(pipe.counters().held_back, 50'000) == Approx(0.02).epsilon(0.08));
  std::uint64_t late = 0;
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    if (arrivals[i].number < arrivals[i - 1].number) ++late;
  }
  CHECK(late > 900);
}

TEST_CASE("A cut that drops loses what is inside and what comes, and nothing after it") {
  auto check = [](Pipe& pipe, bool commanded) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < 40; ++i) {
      Time const now = kStart + static_cast<int>(i) * 1ms;
      if (commanded && i == 10) pipe.cut(OutageKind::kDrop, now);
      if (commanded && i == 20) pipe.restore(now);
      pipe.push(numbered(i), now);
      while (auto packet = pipe.pop(now)) numbers.push_back(load_u32(*packet, 0));
    }
    // Sent 0..4 arrived before the cut at 10 ms; 5..9 were inside; 10..19 were sent into it.
    std::vector<std::size_t> expected{0, 1, 2, 3, 4};
    for (std::size_t i = 20; i < 35; ++i) expected.push_back(i);
    CHECK(numbers == expected);
    CHECK(pipe.counters().lost_outage == 15);
  };
  Pipe commanded(parsed("delay:5ms"), 1, kStart);
  check(commanded, true);
  Pipe scheduled(parsed("delay:5ms/outage:10ms:10ms"), 1, kStart);
  check(scheduled, false);
}

TEST_CASE("A cut that holds loses nothing that the queue can keep") {
  Pipe pipe(parsed("rate:8M/delay:5ms/outage:10ms:100ms:hold"), 1, kStart);
  auto arrivals = run(pipe, 50, 2ms, 1000);
  REQUIRE(arrivals.size() == 50);
  // Packet 4 left the queue at 9 ms; the next one waits for the end at 110 ms.
  CHECK(arrivals[4].at == 14ms);
  CHECK(arrivals[5].at == 116ms);
  CHECK(arrivals[49].at == 160ms);
  CHECK(pipe.counters().lost_outage == 0);
}

TEST_CASE("A full queue drops what comes last and counts it") {
  Pipe pipe(parsed("rate:8M/queue:20ms"), 1, kStart);
  auto arrivals = run(pipe, 1000, 500us, 1000);  // twice the rate
  CHECK(pipe.counters().lost_queue == 1000 - arrivals.size());
  CHECK(share(arrivals.size(), 1000) == Approx(0.5).margin(0.03));
  CHECK(pipe.queueing().max() <= 20ms);
  CHECK(pipe.queueing().max() >= 19ms);
}

TEST_CASE("The same seed gives the same run") {
  auto outcome = [](std::uint64_t seed) {
    Pipe pipe(parsed("rate:5M/delay:20ms/jitter:4ms:reorder/loss:5%/duplicate:1%"), seed, kStart);
    std::vector<std::int64_t> trail;
    for (const Arrival& a : run(pipe, 2000, 400us)) {
      trail.push_back(static_cast<std::int64_t>(a.number));
      trail.push_back(a.at.count());
    }
    return trail;
  };
  CHECK(outcome(11) == outcome(11));
  CHECK(outcome(11) != outcome(12));
}
