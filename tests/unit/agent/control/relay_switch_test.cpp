// Which relay is used, in virtual time.
#include "agent/control/relay_switch.hpp"

#include <vector>

#include <catch2/catch.hpp>

namespace aegis::agent::control {
namespace {

constexpr Duration kTick = 100ms;

// Relays of which some answer, and a rig that does what it is told.
struct Rig {
  explicit Rig(std::size_t relays) : machine(relays), answers(relays, true), takes(relays, true) {}
  RelayView view(std::size_t relay) const {
    return {network && answers[relay], network && answers[relay] && takes[relay]};
  }
  void run(Duration span) {
    for (Time const end = now + span; now < end; now += kTick) {
      auto const seen = tried ? std::optional(view(*tried)) : std::nullopt;
      auto const decision = machine.step(view(in_use), seen, now);
      using Action = RelaySwitch::Action;
      if (decision.action == Action::kTry && can_try) tried = decision.relay;
      if (decision.action == Action::kTry) ++trials;
      if (decision.action == Action::kDrop) tried.reset();
      if (decision.action != Action::kChange) continue;
      REQUIRE(tried == decision.relay);
      in_use = decision.relay;
      tried.reset();
      ++changes;
    }
  }
  Duration until_in_use(std::size_t relay, Duration limit = 60s) {
    Time const start = now;
    while (in_use != relay && now - start < limit) run(kTick);
    return now - start;
  }
  RelaySwitch machine;
  std::vector<bool> answers, takes;
  bool network = true, can_try = true;
  std::size_t in_use = 0;
  std::optional<std::size_t> tried;
  int trials = 0, changes = 0;
  Time now{1000s};
};

}  // namespace

TEST_CASE("a relay that dies is replaced by the next that answers, within a second or so") {
  Rig rig(3);
  rig.run(10s);
  CHECK(rig.trials == 0);
  rig.answers[0] = rig.answers[1] = false;
  CHECK(rig.until_in_use(2) < 5s);  // the second is tried in vain
  rig.answers[1] = true;
  rig.run(10s);
  CHECK(rig.in_use == 2);  // the one that works is kept
  rig.answers[2] = false;
  CHECK(rig.until_in_use(1, 10s) < 6s);
  Rig two(2);
  two.run(1s);
  two.answers[0] = false;
  CHECK(two.until_in_use(1) <= 1200ms);
}

TEST_CASE("a rig whose own network is away keeps its relay") {
  Rig rig(2);
  rig.run(5s);
  for (Duration const outage : {Duration(500ms), Duration(2s), Duration(30s)}) {
    rig.network = false;
    rig.run(outage);
    rig.network = true;
    rig.run(5s);
    CHECK(rig.changes == 0);
    CHECK_FALSE(rig.tried);
  }
}

TEST_CASE("a network that brings the other relay back first is given a moment") {
  Rig rig(2);
  rig.run(5s);
  rig.network = false;
  rig.run(900ms);
  REQUIRE(rig.tried == 1);
  rig.network = true;
  rig.answers[0] = false;  // it is a little later
  rig.run(200ms);
  rig.answers[0] = true;
  rig.run(5s);
  CHECK(rig.changes == 0);
}

TEST_CASE("a relay that answers but takes no stream is replaced with more patience") {
  Rig rig(2);
  rig.run(5s);
  rig.takes[0] = false;
  rig.run(4s);
  CHECK(rig.changes == 0);
  CHECK(rig.until_in_use(1) < 3s);
  Rig first(2);  // never there
  first.answers[0] = false;
  CHECK(first.until_in_use(1) > 2900ms);
  CHECK(first.in_use == 1);
  Rig alone(1);
  alone.answers[0] = false;
  alone.run(60s);
  CHECK(alone.trials == 0);
}

TEST_CASE("a relay that cannot even be tried is tried no more often than one that is silent") {
  Rig rig(2);
  rig.run(10s);
  rig.answers[0] = rig.can_try = false;
  rig.run(30s);
  CHECK(rig.trials >= 9);
  CHECK(rig.trials <= 10);
  rig.can_try = true;
  CHECK(rig.until_in_use(1) < 4s);
}

}  // namespace aegis::agent::control
