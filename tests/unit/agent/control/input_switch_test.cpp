// Which input is on air, in virtual time.
#include "agent/control/input_switch.hpp"

#include <catch2/catch.hpp>

#include "agent/control/sound_watch.hpp"

namespace aegis::agent::control {
namespace {

constexpr Duration kFrame = 33ms;
Time const kStart{1000s};

// Inputs that deliver a picture for each frame while they are `alive`.
struct Studio {
  explicit Studio(std::size_t inputs) : machine(inputs), alive(inputs), views(inputs) {}
  // What is on air after `span`.
  std::optional<std::size_t> run(Duration span) {
    for (Time const end = now + span; now < end; now += kFrame) {
      for (std::size_t i = 0; i < views.size(); ++i) {
        if (alive[i]) views[i].last_picture = now;
        views[i].interval = kFrame;
      }
      shown = machine.step(views, now);
    }
    return shown;
  }
  // How long until `wanted` is on air.
  Duration until(std::optional<std::size_t> wanted, Duration limit = 60s) {
    Time const start = now;
    while (shown != wanted && now - start < limit) run(kFrame);
    return now - start;
  }
  InputSwitch machine;
  std::vector<bool> alive;
  std::vector<InputView> views;
  std::optional<std::size_t> shown;
  Time now = kStart;
};

constexpr auto kSlate = std::nullopt;

}  // namespace

TEST_CASE("the slate is on air until there is a picture, and the picture at once") {
  Studio studio(1);
  CHECK(studio.run(5s) == kSlate);
  studio.alive[0] = true;
  CHECK(studio.until(0) <= kFrame);
}

TEST_CASE("a lost input becomes the slate within half a second, and comes back at once") {
  Studio studio(1);
  studio.alive[0] = true;
  CHECK(studio.run(3s) == 0);
  studio.alive[0] = false;
  CHECK(studio.run(300ms) == 0);  // a hiccup is none
  CHECK(studio.until(kSlate) < 500ms - 300ms);
  studio.run(10s);
  studio.alive[0] = true;
  CHECK(studio.until(0) <= kFrame);
}

TEST_CASE("an input of few pictures is not lost between them") {
  InputSwitch machine(1);
  InputView view;
  view.interval = 500ms;
  for (Duration at = 0s; at < 5s; at += kFrame) {
    view.last_picture = kStart + at / 500ms * 500ms;
    CHECK(machine.step({&view, 1}, kStart + at) == 0);
  }
  CHECK(machine.step({&view, 1}, kStart + 6s) == 0);
  CHECK(machine.step({&view, 1}, kStart + 6100ms) == kSlate);
}

TEST_CASE("the next input takes the place of a lost one, and gives it back when that lasts") {
  Studio studio(3);
  studio.alive = {true, false, true};
  CHECK(studio.run(20s) == 0);
  studio.alive[0] = false;
  CHECK(studio.until(2) < 500ms);  // without a slate in between
  CHECK(studio.run(5s) == 2);
  studio.alive[1] = true;
  CHECK(studio.run(300ms) == 2);
  CHECK(studio.run(300ms) == 1);
  studio.alive[0] = true;
  CHECK(studio.until(0) < 1s);
}

TEST_CASE("an input that comes and goes is trusted less each time") {
  Studio studio(2);
  studio.alive = {true, true};
  studio.run(20s);
  Duration last{};
  for (int round = 0; round < 5; ++round) {
    studio.alive[0] = false;
    studio.until(1);
    studio.alive[0] = true;
    Duration const patience = studio.until(0);
    if (round > 1) CHECK(patience > last + last / 2);
    last = patience;
    studio.run(1s);
  }
  CHECK(last <= InputSwitch::kLongestReturn + 1s);
  studio.run(InputSwitch::kLasting);  // it has behaved
  studio.alive[0] = false;
  studio.until(1);
  studio.alive[0] = true;
  CHECK(studio.until(0) < 1s);
}

TEST_CASE("the input that the user wants goes before all others while it is there") {
  Studio studio(3);
  studio.alive = {true, true, true};
  CHECK(studio.run(1s) == 0);
  studio.machine.prefer(2);
  CHECK(studio.until(2) <= kFrame);
  studio.alive[2] = false;
  CHECK(studio.until(0) < 500ms);
  studio.alive[2] = true;
  CHECK(studio.until(2) <= 2 * kFrame);
  studio.machine.prefer(std::nullopt);
  CHECK(studio.run(1s) == 0);
}

TEST_CASE("what has ended is not shown any more") {
  Studio studio(2);
  studio.alive = {true, true};
  CHECK(studio.run(1s) == 0);
  studio.views[0].ended = true;
  CHECK(studio.until(1) <= kFrame);
  studio.views[1].ended = true;
  CHECK(studio.until(kSlate) <= kFrame);
}

TEST_CASE("missing sound is lost until it has been whole for a while") {
  SoundWatch watch;
  Time now = kStart;
  auto const run = [&](std::size_t there, Duration span, bool muted = false) {
    for (Time const end = now + span; now < end; now += kFrame) watch.step(1600, there, muted, now);
  };
  run(1600, 1s);
  CHECK_FALSE(watch.lost());
  run(1599, kFrame);
  CHECK(watch.lost());
  CHECK(watch.gaps() == 1);
  run(1600, 400ms);
  CHECK(watch.lost());
  run(0, 1s);
  CHECK(watch.lost_for(now) > 1400ms);
  CHECK(watch.gaps() == 1);
  run(1600, 600ms);
  CHECK_FALSE(watch.lost());
  run(0, 2s, true);  // silence that is wanted
  CHECK_FALSE(watch.lost());
}

}  // namespace aegis::agent::control
