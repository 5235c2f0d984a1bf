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

  CHECK(table.on_event(*first, Event::kRevoked, kStart) == State::kEnded);
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

TEST_CASE("media that stops stalls the session, then gives its connection up") {
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
  SECTION("and the idle deadline puts it in grace") {
    CHECK(table.on_deadlines(kStart + 33s).empty());
    notices = table.on_deadlines(kStart + 34s);
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].state == State::kGrace);
    CHECK_FALSE(notices[0].end);
    CHECK(table.holder("cam") == id);
  }
}

TEST_CASE("a session whose connection is gone is kept for its publisher") {
  Table table({.grace = 20s});
  auto const id = live_session(table, kStart);
  CHECK(table.on_event(id, Event::kDisconnected, kStart + 1s) == State::kGrace);
  CHECK(table.holder("cam") == id);
  CHECK_FALSE(table.claim("cam", kStart + 1s));
  CHECK(table.deadline(id) == kStart + 21s);
  CHECK_FALSE(table.on_event(id, Event::kMedia, kStart + 2s));
  CHECK_FALSE(table.on_event(id, Event::kDisconnected, kStart + 2s));

  SECTION("until grace is over") {
    CHECK(table.on_deadlines(kStart + 20'999ms).empty());
    auto const notices = table.on_deadlines(kStart + 21s);
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].end == End::kNotBack);
    CHECK_FALSE(table.holder("cam"));
  }
  SECTION("and goes on when it is back") {
    CHECK(table.on_event(id, Event::kConnected, kStart + 15s) == State::kStalled);
    CHECK(table.on_deadlines(kStart + 44s).empty());  // it has the time that any connection has
    CHECK(table.on_event(id, Event::kMedia, kStart + 44s) == State::kLive);
  }
}

TEST_CASE("a connection that replaces another keeps the session") {
  Table table;
  auto const id = table.claim("cam", kStart);
  REQUIRE(id);
  table.on_event(*id, Event::kConnected, kStart);
  CHECK(table.on_event(*id, Event::kReplaced, kStart + 1s) == State::kProvisional);
  table.on_event(*id, Event::kMedia, kStart + 2s);
  CHECK(table.on_event(*id, Event::kReplaced, kStart + 3s) == State::kStalled);
}

TEST_CASE("a session ends at its greatest age, whatever it does") {
  Table table({.age = 60s});
  auto const id = live_session(table, kStart);
  bool const gone = GENERATE(false, true);
  table.on_event(id, Event::kMedia, kStart + 59s);
  if (gone) table.on_event(id, Event::kDisconnected, kStart + 59s);
  CHECK(table.on_deadlines(kStart + 59'999ms).empty());
  auto const notices = table.on_deadlines(kStart + 60s);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].end == End::kTooOld);
}

TEST_CASE("the table of transitions is closed") {
  for (auto const event :
       {Event::kConnected, Event::kMedia, Event::kDeadline, Event::kDisconnected, Event::kReplaced,
        Event::kTooOld, Event::kRevoked, Event::kKicked, Event::kShutdown}) {
    CHECK_FALSE(next_state(State::kEnded, event));
    for (auto const state :
         {State::kClaimed, State::kProvisional, State::kLive, State::kStalled, State::kGrace}) {
      auto const next = next_state(state, event);
      CHECK((next == State::kEnded) == end_of(state, event).has_value());
      CHECK(next != State::kClaimed);
    }
  }
  CHECK_FALSE(next_state(State::kClaimed, Event::kMedia));
  CHECK_FALSE(next_state(State::kLive, Event::kConnected));
  CHECK(end_of(State::kLive, Event::kRevoked) == End::kRevoked);
  CHECK(end_of(State::kProvisional, Event::kDisconnected) == End::kDisconnected);
}

TEST_CASE("an event for a session that is gone changes nothing") {
  Table table;
  auto const id = live_session(table, kStart);
  table.on_event(id, Event::kShutdown, kStart);
  CHECK_FALSE(table.on_event(id, Event::kMedia, kStart));
  CHECK(table.size() == 0);
  CHECK(table.on_deadlines(kStart + 1h).empty());
}
