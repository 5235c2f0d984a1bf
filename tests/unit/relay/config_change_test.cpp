// A running relay that is given another configuration, and one that drains.
#include "relay/config_change.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "unit/relay/live_relay.hpp"

using namespace aegis;
using test::ask;
using test::send_packets;
using test::SrtCaller;

namespace {

void write_key(const std::filesystem::path& file, const std::string& key) {
  std::ofstream(file) << key << "\n";
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
}

std::string outcome(const std::vector<relay::ConfigChange>& changes) {
  std::string text;
  for (auto const& change : changes) text += change.key + (change.live ? "+ " : "- ");
  return text;
}

}  // namespace

TEST_CASE("each key is told to take effect at once or to need a restart", "[relay][config]") {
  relay::ServeOptions const running;
  auto fresh = running;
  CHECK(outcome(config_changes(running, fresh)).empty());
  fresh.srtla.port = fresh.srt_publish.port = fresh.srt_play.port = fresh.http.port = 1;
  fresh.tls_cert = fresh.tls_key = fresh.api_key = fresh.state = "file";
  fresh.record = {"directory", 1min, Bytes(1)};
  fresh.hooks = {"/bin/true"};
  fresh.hook_key = "file";
  fresh.forward = HostPort{"host", 1};
  fresh.sessions = {.grace = 1s, .age = 2s};
  fresh.second_publisher = relay::session::SecondPublisher::kReplace;
  fresh.callers = {{*parse_cidr("10.0.0.0/8")}, {*parse_cidr("10.0.0.1")}};
  CHECK(outcome(config_changes(running, fresh)) ==
        "srtla- srt-publish- srt-play- http- tls-cert- tls-key- api-key- forward- grace+ max-age+ "
        "second-publisher+ allow+ deny+ record- record-rotate- record-keep-free- hook+ hook-key+ "
        "state- ");
  auto other = fresh;
  other.tls_cert = other.tls_key = other.api_key = "other";
  CHECK(outcome(config_changes(fresh, other)) == "tls-cert+ tls-key+ api-key+ ");
  // What needs a restart is told again until there was one.
  auto const after = with_live_changes(running, fresh);
  CHECK(outcome(config_changes(after, fresh)) ==
        "srtla- srt-publish- srt-play- http- tls-cert- tls-key- api-key- forward- record- "
        "record-rotate- record-keep-free- "
        "state- ");
}

TEST_CASE("a new configuration holds for sessions that go on", "[relay][config]") {
  test::RelayFixture fixture;
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  auto options = fixture.options();
  options.sessions.grace = 300ms;
  {
    SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
    REQUIRE(publisher.connect());
    auto const sent = send_packets(publisher, 0, 50);
    CHECK(player.receive(sent.size()) == sent);
    auto const changes = fixture.relay().reconfigure(options);
    REQUIRE(changes);
    CHECK(outcome(*changes) == "grace+ ");
    std::this_thread::sleep_for(500ms);
    REQUIRE(fixture.status()["sessions"][0]["state"] == "live");
  }
  CHECK(player.ended_within(3s));
}

TEST_CASE("whoever may no longer call is out, and nobody else comes", "[relay][config]") {
  test::RelayFixture fixture;
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  auto options = fixture.options();
  options.callers.deny.push_back(*parse_cidr("127.0.0.0/8"));
  REQUIRE(fixture.relay().reconfigure(options));
  CHECK(player.ended_within(2s));
  CHECK(publisher.ended_within(2s));
  SrtCaller again(fixture.publish(), fixture.publish_key("cam"));
  CHECK_FALSE(again.connect());
  CHECK(again.reject_code() == 1406);
}

TEST_CASE("keys and certificates are read again, or all stays as it was", "[relay][config]") {
  test::TempDir const directory;
  relay::ServeOptions base;
  base.api_key = directory / "api.key";
  write_key(base.api_key, std::string(32, 'a'));
  test::RelayFixture fixture(base);
  auto const status_with = [&](char letter) {
    auto const header = "Authorization: Bearer " + std::string(32, letter) + "\r\n";
    return ask(fixture, "/api/v1/status", header).status;
  };
  CHECK(status_with('a') == 200);
  write_key(base.api_key, std::string(32, 'b'));
  REQUIRE(fixture.relay().reconfigure(fixture.options()));
  CHECK(status_with('a') == 401);
  CHECK(status_with('b') == 200);
  write_key(base.api_key, "short");
  auto options = fixture.options();
  options.callers.deny.push_back(*parse_cidr("127.0.0.0/8"));
  CHECK(fixture.relay().reconfigure(options).error().kind == ErrorKind::kConfiguration);
  CHECK(status_with('b') == 200);
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  CHECK(player.connect());
}

TEST_CASE("a draining relay lets sessions go on and takes nobody new", "[relay][drain]") {
  relay::ServeOptions base;
  base.sessions.grace = 2s;
  test::RelayFixture fixture(base);
  auto& relay = fixture.relay();
  auto publisher = std::make_unique<SrtCaller>(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(publisher->connect());
  auto sent = send_packets(*publisher, 0, 50);
  REQUIRE(fixture.eventually([](auto const& s) { return s["sessions"].size() == 1; }));
  CHECK_FALSE(relay.is_drained());
  CHECK(ask(fixture, "/api/v1/drain", "", "POST").status == 403);
  relay.drain();
  CHECK(ask(fixture, "/readyz").status == 503);
  SrtCaller other(fixture.play(), fixture.play_key("locked"),
                  crypto::Secret("correct-horse-battery"));
  CHECK_FALSE(other.connect());
  CHECK(other.reject_code() == 1503);
  CHECK(fixture.counts("refused_draining", 1));
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  CHECK(player.connect());
  publisher.reset();
  REQUIRE(fixture.eventually([](auto const& s) { return s["sessions"][0]["state"] == "grace"; }));
  publisher = std::make_unique<SrtCaller>(fixture.publish(), fixture.publish_key("cam"));
  CHECK(publisher->connect());
  CHECK_FALSE(relay.is_drained());
  publisher.reset();
  REQUIRE(fixture.eventually([](auto const& s) { return s["sessions"].empty(); }));
  CHECK(relay.is_drained());
}
