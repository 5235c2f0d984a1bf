// Two tenants on one relay: each sees, reads and ends its own, and of the rest not even that it is.
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "unit/relay/live_relay.hpp"

using namespace aegis;
using nlohmann::json;
using test::ask;
using test::SrtCaller;

namespace {

crypto::Digest digest_of(std::string_view key) {
  return crypto::sha256(std::as_bytes(std::span(key)));
}

// Alice and Bob, each with a stream "cam" that is live and has a player.
class TwoTenants {
 public:
  TwoTenants() {
    fixture.change([](config::State& state) {
      for (auto const* name : {"alice", "bob"}) {
        auto const who = std::string(name);
        state.tenants.push_back({who, digest_of(who + "-stats"), digest_of(who + "-admin")});
        state.streams.push_back(
            {"cam", crypto::random_token(), crypto::random_token(), {}, {}, who});
      }
    });
    for (auto const* stream : {"alice/cam", "bob/cam"}) {
      auto& player = players.emplace_back(
          std::make_unique<SrtCaller>(fixture.play(), fixture.play_key(stream)));
      REQUIRE(player->connect());
      auto& publisher = publishers.emplace_back(
          std::make_unique<SrtCaller>(fixture.publish(), fixture.publish_key(stream)));
      REQUIRE(publisher->connect());
      auto const sent = test::send_packets(*publisher, 0, 50);
      REQUIRE(player->receive(sent.size()) == sent);
    }
  }

  test::Answer get(const std::string& target, const std::string& key,
                   std::string_view method = "GET") const {
    auto const header = key.empty() ? "" : "Authorization: Bearer " + key + "\r\n";
    return ask(fixture, target, header, method);
  }
  json status(const std::string& key) const {
    auto const answer = get("/api/v1/status", key);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
  }
  bool eventually(const std::string& key, const std::function<bool(const json&)>& holds) const {
    for (int i = 0; i < 40; ++i, std::this_thread::sleep_for(100ms))
      if (holds(status(key))) return true;
    return false;
  }

  test::TempDir directory;
  test::RelayFixture fixture{with_api_key()};
  std::vector<std::unique_ptr<SrtCaller>> publishers, players;  // alice's, bob's
  inline static const std::string kOperator = std::string(32, 'k');

 private:
  relay::ServeOptions with_api_key() const {
    relay::ServeOptions options;
    options.api_key = directory / "api.key";
    std::ofstream(options.api_key) << kOperator << "\n";
    REQUIRE(::chmod(options.api_key.c_str(), 0600) == 0);
    return options;
  }
};

}  // namespace

TEST_CASE("a tenant sees its own sessions, players and metrics only", "[relay][tenant]") {
  TwoTenants const two;
  REQUIRE(two.eventually(two.kOperator, [](auto const& s) {
    return s["sessions"].size() == 2 && s["players"].size() == 2;
  }));
  for (auto const* right : {"alice-stats", "alice-admin"}) {
    auto const status = two.status(right);
    REQUIRE(status["sessions"].size() == 1);
    CHECK(status["sessions"][0]["stream"] == "alice/cam");
    REQUIRE(status["players"].size() == 1);
    CHECK(status["counters"].empty());
    CHECK(status.dump().find("bob") == std::string::npos);
    auto const metrics = two.get("/metrics", right).body;
    CHECK(metrics.find("stream=\"alice/cam\"") != std::string::npos);
    CHECK(metrics.find("bob") == std::string::npos);
    CHECK(metrics.find("aegis_relay_sessions_started") == std::string::npos);
    CHECK(metrics.find("aegis_relay_bond_groups") == std::string::npos);
  }
}

TEST_CASE("once there are tenants nobody looks without a key", "[relay][tenant]") {
  test::RelayFixture fixture;
  CHECK(ask(fixture, "/api/v1/status").status == 200);
  fixture.change([](config::State& state) { state.tenants.push_back({"alice", {}, {}}); });
  CHECK(ask(fixture, "/api/v1/status").status == 401);
  CHECK(ask(fixture, "/healthz").status == 200);
}

TEST_CASE("a tenant's admin key ends its own sessions and players and no others",
          "[relay][tenant]") {
  TwoTenants two;
  REQUIRE(two.eventually(two.kOperator, [](auto const& s) { return s["players"].size() == 2; }));
  auto const player_of = [&](const std::string& key) {
    return "/api/v1/players/" + two.status(key)["players"][0]["id"].dump();
  };
  auto const bobs = player_of("bob-admin");
  std::string const session = "/api/v1/sessions/";
  CHECK(two.get(session + "alice/cam", "alice-stats", "DELETE").status == 403);
  // What is another's answers as what is not there at all, to the letter.
  auto const foreign = two.get(session + "bob/cam", "alice-admin", "DELETE");
  auto const absent = two.get(session + "carol/cam", "alice-admin", "DELETE");
  CHECK(foreign.status == 404);
  CHECK(foreign.body == absent.body);
  CHECK(two.get(bobs, "alice-admin", "DELETE").status == 404);
  CHECK(two.get("/api/v1/players/4000000000", "alice-admin", "DELETE").status == 404);
  CHECK(two.get(session + "alice/cam", "alice-admin").status == 405);
  CHECK(two.get(session + "alice/cam", "", "DELETE").status == 401);

  CHECK(two.get(player_of("alice-admin"), "alice-admin", "DELETE").status == 202);
  CHECK(two.players[0]->ended_within(2s));
  CHECK(two.get(session + "alice/cam", "alice-admin", "DELETE").status == 202);
  CHECK(two.publishers[0]->ended_within(2s));
  CHECK_FALSE(two.publishers[1]->ended_within(300ms));
  CHECK_FALSE(two.players[1]->ended_within(300ms));
  CHECK(two.eventually(two.kOperator, [](auto const& s) {
    return s["counters"]["sessions_ended_kicked"] == 1 && s["counters"]["players_ended"] == 1;
  }));
  CHECK(two.get(session + "bob/cam", two.kOperator, "DELETE").status == 202);
  CHECK(two.publishers[1]->ended_within(2s));
}

TEST_CASE("without any key nothing can be ended", "[relay][tenant]") {
  test::RelayFixture fixture;
  CHECK(ask(fixture, "/api/v1/sessions/cam", "", "DELETE").status == 403);
}

TEST_CASE("a revoked tenant is out, with its readers, publishers and players", "[relay][tenant]") {
  TwoTenants two;
  test::TcpClient reader(two.fixture.relay().bound().http);
  reader.send("GET /api/v1/events HTTP/1.1\r\nAuthorization: Bearer alice-stats\r\n\r\n");
  CHECK(reader.read("\r\n\r\n").starts_with("HTTP/1.1 200"));
  two.fixture.change([](config::State& state) {
    std::erase_if(state.tenants, [](auto const& tenant) { return tenant.name == "alice"; });
    std::erase_if(state.streams, [](auto const& stream) { return stream.tenant == "alice"; });
  });
  CHECK(two.publishers[0]->ended_within(2s));
  CHECK(two.players[0]->ended_within(2s));
  CHECK(reader.closed_by_server(2s));
  CHECK(two.get("/api/v1/status", "alice-stats").status == 401);
  CHECK(two.get("/api/v1/status", "bob-stats").status == 200);
  CHECK_FALSE(two.publishers[1]->ended_within(300ms));
}
