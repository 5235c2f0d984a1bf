#include "relay/session/table.hpp"

#include <catch2/catch.hpp>

using namespace aegis;
using namespace aegis::relay::session;

namespace {

constexpr Time kStart{100s};

SessionId live_session(Table& table, Time now) {
  auto const id = table.claim("cam", now);
  REQUIRE(id);
  REQUIRE(table.on_event(*id, Event::kConnected, now) == State::kProvisional);
  REQUIRE(table.on_event(*id, Event::kMedia, now) == State::kLive);
  return *id;
}

}  // namespace

TEST_CASE("a stream has one session at a time") {
  Table table;
  auto const first = table.claim("cam", kStart);
  REQUIRE(first);
  CHECK_FALSE(table.claim("cam", kStart));
  CHECK(table.claim("roof", kStart));
  CHECK(table.holder("cam") == first);

  CHECK(table.on_event(*first, Event::kDisconnected, kStart) == State::kEnded);
  CHECK_FALSE(table.holder("cam"));
  auto const second = table.claim("cam", kStart);
  REQUIRE(second);
  CHECK(*second != *first);
}

TEST_CASE("a claim that never connects is given up") {
  Table table;
  auto const id = table.claim("cam", kStart);
  CHECK(table.on_deadlines(kStart + 2999ms).empty());
  auto const notices = table.on_deadlines(kStart + 3s);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].id == *id);
  CHECK(notices[0].end == End::kSetUpTimeout);
  CHECK(table.size() == 0);
}

TEST_CASE("a publisher that sends nothing is ended after ten seconds") {
  Table table;
  auto const id = table.claim("cam", kStart);
  table.on_event(*id, Event::kConnected, kStart);
  CHECK(table.on_deadlines(kStart + 9999ms).empty());
  auto const notices = table.on_deadlines(kStart + 10s);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].end == End::kNoMedia);
  CHECK_FALSE(table.holder("cam"));
}

TEST_CASE("media that stops stalls the session, then ends it") {
  Table table;
  auto const id = live_session(table, kStart);
  table.on_event(id, Event::kMedia, kStart + 4s);
  CHECK(table.on_deadlines(kStart + 8999ms).empty());
  auto notices = table.on_deadlines(kStart + 9s);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].state == State::kStalled);
  CHECK_FALSE(notices[0].end);
  CHECK(table.on_deadlines(kStart + 10s).empty());

  SECTION("and media that comes back makes it live again") {
    CHECK(table.on_event(id, Event::kMedia, kStart + 20s) == State::kLive);
    CHECK(table.on_deadlines(kStart + 24s).empty());
    CHECK(table.on_deadlines(kStart + 25s).size() == 1);
  }
  SECTION("and the idle deadline ends it") {
    CHECK(table.on_deadlines(kStart + 33s).empty());
    notices = table.on_deadlines(kStart + 34s);
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].state == State::kEnded);
    CHECK(notices[0].end == End::kIdle);
    CHECK_FALSE(table.state(id));
  }
}

TEST_CASE("the table of transitions is closed") {
  for (auto const event : {Event::kConnected, Event::kMedia, Event::kDeadline, Event::kDisconnected,
                           Event::kRevoked, Event::kReplaced, Event::kShutdown}) {
    CHECK_FALSE(next_state(State::kEnded, event));
    for (auto const state : {State::kClaimed, State::kProvisional, State::kLive, State::kStalled}) {
      auto const next = next_state(state, event);
      CHECK((next == State::kEnded) == end_of(state, event).has_value());
      CHECK(next != State::kClaimed);
    }
  }
  CHECK_FALSE(next_state(State::kClaimed, Event::kMedia));
  CHECK_FALSE(next_state(State::kLive, Event::kConnected));
  CHECK(end_of(State::kLive, Event::kRevoked) == End::kRevoked);
}

TEST_CASE("an event for a session that is gone changes nothing") {
  Table table;
  auto const id = live_session(table, kStart);
  table.on_event(id, Event::kShutdown, kStart);
  CHECK_FALSE(table.on_event(id, Event::kMedia, kStart));
  CHECK(table.size() == 0);
  CHECK(table.on_deadlines(kStart + 1h).empty());
}
