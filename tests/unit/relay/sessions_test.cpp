// What becomes of a stream and its players when its publisher goes, comes back or is not alone.
#include <catch2/catch.hpp>

#include "unit/relay/relay_fixture.hpp"

using namespace aegis;
using test::send_packets;
using test::SrtCaller;
using Fixture = test::RelayFixture;

namespace {

relay::ServeOptions with_grace(Duration grace) {
  relay::ServeOptions options;
  options.sessions.grace = grace;
  return options;
}

bool is_in(const nlohmann::json& status, const std::string& state) {
  return status["sessions"].size() == 1 && status["sessions"][0]["state"] == state;
}

}  // namespace

TEST_CASE("players are kept for a publisher that comes back", "[relay][session]") {
  Fixture fixture;
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  std::string sent;
  for (int round = 0; round < 3; ++round) {
    {
      SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
      REQUIRE(publisher.connect());
      sent += send_packets(publisher, round * 100, 100);
      CHECK(player.receive(sent.size()) == sent);
      CHECK(fixture.eventually([](auto const& s) { return is_in(s, "live"); }));
    }
    REQUIRE(fixture.eventually([](auto const& s) { return is_in(s, "grace"); }));
  }
  auto const status = fixture.status();
  CHECK(status["counters"]["sessions_started"] == 1);
  CHECK(status["counters"]["players_started"] == 1);
  CHECK(status["counters"]["players_ended"] == 0);
  auto const& session = status["sessions"][0];
  CHECK(session["resumes"] == 2);
  CHECK(session["grace_left_ms"] > 50'000);
  CHECK(session["rate_bps"].is_null());
  CHECK(session["rtt_ms"].is_null());
}

TEST_CASE("players of a publisher that does not come back are let go, and may wait for the next",
          "[relay][session]") {
  Fixture fixture(with_grace(500ms));
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  {
    SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
    REQUIRE(publisher.connect());
    auto const sent = send_packets(publisher, 0, 50);
    CHECK(player.receive(sent.size()) == sent);
  }
  CHECK(player.ended_within(3s));
  SrtCaller next(fixture.play(), fixture.play_key("cam"));
  REQUIRE(next.connect());
  CHECK_FALSE(next.ended_within(1500ms));
  CHECK(fixture.counts("sessions_ended_not_back", 1));
  CHECK(fixture.counts("sessions_ended", 1));
}

TEST_CASE("a publisher that goes before any media ends nobody", "[relay][session]") {
  Fixture fixture(with_grace(0ms));
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  {
    SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
    REQUIRE(publisher.connect());
    REQUIRE(fixture.eventually([](auto const& s) { return is_in(s, "provisional"); }));
  }
  REQUIRE(fixture.eventually([](auto const& s) { return s["sessions"].empty(); }));
  CHECK(fixture.counts("sessions_ended_disconnected", 1));
  CHECK_FALSE(player.ended_within(500ms));
}

TEST_CASE("a stream that sends is refused to a second publisher", "[relay][session]") {
  Fixture fixture;
  SrtCaller first(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(first.connect());
  REQUIRE(fixture.eventually([](auto const& s) { return s["sessions"].size() == 1; }));
  SrtCaller second(fixture.publish(), fixture.publish_key("cam"));
  CHECK_FALSE(second.connect());
  CHECK(second.reject_code() == 1409);
  CHECK(fixture.eventually([](auto const& s) { return s["counters"]["refused_conflict"] >= 1; }));
  send_packets(first, 0, 10);
  CHECK(fixture.eventually([](auto const& s) { return is_in(s, "live"); }));

  // It fell silent, as when its host lost power: whoever comes now has the stream.
  std::this_thread::sleep_for(1500ms);
  SrtCaller third(fixture.publish(), fixture.publish_key("cam"));
  CHECK(third.connect());
  CHECK(first.ended_within(3s));
  CHECK(fixture.counts("sessions_started", 1));
}

TEST_CASE("a second publisher replaces the first where it may", "[relay][session]") {
  relay::ServeOptions options;
  options.second_publisher = relay::session::SecondPublisher::kReplace;
  Fixture fixture(options);
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  SrtCaller first(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(first.connect());
  auto sent = send_packets(first, 0, 50);
  CHECK(player.receive(sent.size()) == sent);
  SrtCaller second(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(second.connect());
  CHECK(first.ended_within(3s));
  sent += send_packets(second, 50, 50);
  CHECK(player.receive(sent.size()) == sent);
  CHECK(fixture.eventually([](auto const& s) { return s["sessions"][0]["resumes"] == 1; }));
  CHECK(fixture.counts("players_ended", 0));
}

TEST_CASE("a session that is too old ends with its players", "[relay][session]") {
  relay::ServeOptions options;
  options.sessions.age = 1s;
  Fixture fixture(options);
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  send_packets(publisher, 0, 50);
  CHECK(publisher.ended_within(3s));
  CHECK(player.ended_within(3s));
  CHECK(fixture.counts("sessions_ended_too_old", 1));
}

TEST_CASE("a key that is revoked in grace ends the session and its players", "[relay][session]") {
  Fixture fixture;
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  {
    SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
    REQUIRE(publisher.connect());
    auto const sent = send_packets(publisher, 0, 50);
    CHECK(player.receive(sent.size()) == sent);
  }
  REQUIRE(fixture.eventually([](auto const& s) { return is_in(s, "grace"); }));
  // Only the publisher's: the play key holds.
  fixture.change(
      [](config::State& state) { state.streams[0].publish_key = crypto::random_token(); });
  CHECK(player.ended_within(2s));
  CHECK(fixture.eventually(
      [](auto const& s) { return s["counters"]["sessions_ended_revoked"] == 1; }));
}
