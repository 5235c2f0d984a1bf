#include "agent/control/loss_window.hpp"

#include <catch2/catch.hpp>

namespace aegis::agent::control {

TEST_CASE("loss is that of the last ten seconds, and of nothing it is unknown") {
  LossWindow window;
  CHECK_FALSE(window.loss());
  Time now{100s};
  std::uint64_t sent = 0, lost = 0;
  window.look(sent, lost, now);
  CHECK_FALSE(window.loss());
  auto const run = [&](Duration span, std::uint64_t lost_in_100) {
    for (Time const end = now + span; now < end;) {
      now += 100ms;
      sent += 100;
      lost += lost_in_100;
      window.look(sent, lost, now);
    }
  };
  run(5s, 0);
  CHECK(window.loss() == 0.0);
  run(20s, 10);
  CHECK(window.loss() == Approx(0.1));
  run(5s, 0);
  CHECK(window.loss() == Approx(0.05).margin(0.01));
  run(6s, 0);
  CHECK(window.loss() == 0.0);
  for (int i = 0; i < 120; ++i) window.look(sent, lost, now += 100ms);
  CHECK_FALSE(window.loss());
}

TEST_CASE("counts of a link that came anew are not held against the old") {
  LossWindow window;
  window.look(1000, 500, Time{1s});
  window.look(2000, 1000, Time{2s});
  window.look(10, 0, Time{3s});
  CHECK_FALSE(window.loss());
  window.look(110, 1, Time{4s});
  CHECK(window.loss() == Approx(0.01));
}

}  // namespace aegis::agent::control
