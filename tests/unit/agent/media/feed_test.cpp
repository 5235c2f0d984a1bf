// What waits between an input and the pacer, in virtual time.
#include "agent/media/feed.hpp"

#include <thread>

#include <catch2/catch.hpp>

namespace aegis::agent::media {
namespace {

constexpr Duration kFrame = 40ms;
Time const kStart{1000s};

// A picture whose first byte says which it is.
Picture picture(Feed& feed, int number) {
  Picture made = feed.blank(32, 16);
  made.luma()[0] = static_cast<std::uint8_t>(number);
  return made;
}

bool push(Feed& feed, int number, Duration stamp, Time now) {
  return feed.push(picture(feed, number), stamp, now, {});
}

std::optional<int> take(Feed& feed, Time tick) {
  const Picture* const taken = feed.take(tick, kFrame);
  return taken != nullptr ? std::optional<int>(taken->luma()[0]) : std::nullopt;
}

// 40 ms of sound, all samples of this value.
std::vector<float> sound(float value) {
  return std::vector<float>(2 * 1920, value);
}

}  // namespace

TEST_CASE("live pictures that come unevenly go on air one a frame") {
  Feed feed(Feed::WhenFull::kDropOldest);
  int shown = 0, repeated = 0;
  for (int i = 0; i < 200; ++i) {
    // Each third one comes 25 ms late.
    Time const now = kStart + i * kFrame + (i % 3 == 0 ? 25ms : 0ms);
    push(feed, i % 256, i * kFrame, now);
    auto const taken = take(feed, kStart + i * kFrame + 30ms);
    ++(taken ? shown : repeated);
  }
  CHECK(shown >= 196);
  CHECK(repeated <= 4);
}

TEST_CASE("pictures that come just between two frames are not shown twice and not at all") {
  Feed feed(Feed::WhenFull::kDropOldest);
  int repeated = 0;
  for (int i = 0; i < 100; ++i) {
    // Stamps in whole milliseconds of a third of a second, as FLV has them.
    push(feed, i, i * kFrame + (i % 3 - 1) * 1ms, kStart + i * kFrame);
    // Due 30 ms after it came, which is half a frame after the tick.
    if (!take(feed, kStart + i * kFrame + 30ms - kFrame / 2)) ++repeated;
  }
  CHECK(repeated <= 2);
}

TEST_CASE("after a stall the newest live picture counts, and nothing stays late") {
  Feed feed(Feed::WhenFull::kDropOldest);
  int next = 0;
  Time now = kStart;
  auto const tick = [&] {
    push(feed, next, next * kFrame, now);
    ++next;
    auto const taken = take(feed, now);
    now += kFrame;
    return taken;
  };
  for (int i = 0; i < 50; ++i) tick();
  now += 3s;
  for (int i = 0; i < 75; ++i, ++next) push(feed, next, next * kFrame, now);  // all at once
  CHECK(feed.dropped() > 30);
  std::optional<int> last;
  for (int i = 0; i < 10; ++i) last = tick().value_or(last.value_or(0));
  REQUIRE(last);
  CHECK(next - *last <= static_cast<int>(Feed::kLivePictures) + 2);
  for (int i = 0; i < 300; ++i) last = tick().value_or(*last % 256);  // 12 s: the delay is gone
  CHECK((next - 1 - *last) % 256 <= 3);
}

TEST_CASE("a file waits for room, and stands still while it is not on air") {
  Feed feed(Feed::WhenFull::kWait);
  std::stop_source stop;
  std::atomic<int> pushed{0};
  std::jthread const producer([&] {
    for (int i = 0; feed.push(picture(feed, i), i * kFrame, kStart, stop.get_token()); ++i)
      ++pushed;
  });
  auto const settle = [] { std::this_thread::sleep_for(20ms); };
  settle();
  CHECK(pushed == static_cast<int>(Feed::kFilePictures));
  CHECK(take(feed, kStart) == 0);
  CHECK(take(feed, kStart + kFrame) == 1);
  feed.pass(kStart + 2 * kFrame, kFrame);
  settle();
  CHECK(take(feed, kStart + 60s) == 2);
  CHECK(take(feed, kStart + 60s + kFrame) == 3);
  stop.request_stop();
}

TEST_CASE("an input has ended when all it had is shown") {
  Feed feed(Feed::WhenFull::kWait);
  CHECK(push(feed, 1, 0ms, kStart));
  feed.end();
  CHECK_FALSE(feed.view(kStart).ended);
  CHECK(take(feed, kStart) == 1);
  CHECK(feed.view(kStart).ended);
}

TEST_CASE("sound goes with its picture") {
  Feed feed(Feed::WhenFull::kDropOldest);
  // Sound comes half a second before the picture that it belongs to.
  Time now = kStart;
  for (int i = 0; i < 60; ++i, now += kFrame) {
    feed.push(sound(static_cast<float>(i)), i * kFrame, now, {});
    if (i >= 12) push(feed, i - 12, (i - 12) * kFrame, now);
    auto const taken = take(feed, now);
    std::vector<float> out(2 * 1920);
    auto const there = feed.take_sound(now, out);
    if (i < 30 || !taken) continue;  // what came first has been heard without its picture
    CHECK(there == 1920);
    CHECK(std::abs(out[1920] - static_cast<float>(*taken)) <= 1.01f);
  }
}

TEST_CASE("sound is whole where it is there, silent where it is not, and says so") {
  SoundQueue queue;
  PlayoutClock clock;
  clock.start(0ms, kStart);
  queue.push(sound(1), 0ms);
  queue.push(sound(2), 140ms);  // 100 ms are missing
  std::vector<float> out(2 * 1920);
  CHECK(queue.take(clock, kStart, out) == 1920);
  CHECK(out.back() == 1.0f);
  CHECK(queue.take(clock, kStart + 40ms, out) == 0);
  CHECK(out.front() == 0.0f);
  CHECK(queue.take(clock, kStart + 80ms, out) == 0);
  CHECK(queue.take(clock, kStart + 120ms, out) == 960);
  CHECK(out[1918] == 0.0f);
  CHECK(out[1920] == 2.0f);
  CHECK(queue.take(clock, kStart + 160ms, out) == 960);
  CHECK(queue.empty());
}

TEST_CASE("a clock that runs a little fast or slow costs no sample") {
  for (double const speed : {0.9998, 1.0002}) {
    SoundQueue queue;
    PlayoutClock clock;
    clock.start(0ms, kStart + 100ms);
    std::size_t missing = 0;
    for (int i = 0; i < 5000; ++i) {
      auto const offset = static_cast<std::int64_t>(i * 40'000 * speed);
      Time const now = kStart + Duration(offset);
      queue.push(sound(1), i * kFrame);
      clock.on_arrival(i * kFrame, now);
      clock.trim(now);
      std::vector<float> out(2 * static_cast<std::size_t>(1920 * speed));
      auto const wanted = out.size() / 2;
      auto const there = queue.take(clock, now, out);
      if (i > 5) missing += wanted - there;
    }
    INFO(speed);
    CHECK(missing < 48000 / 10);
    CHECK(queue.length() < 500ms);
  }
}

}  // namespace aegis::agent::media
