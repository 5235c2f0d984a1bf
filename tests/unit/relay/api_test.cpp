// What the relay answers over HTTP, asked as its readers ask.
#include "relay/api.hpp"

#include <fstream>

#include <catch2/catch.hpp>

#include "unit/relay/live_relay.hpp"
#include "unit/relay/open_metrics_check.hpp"

using namespace aegis;
using test::ask;
using test::BondedSession;
using test::OpenMetricsCheck;
using test::RelayFixture;
using test::SrtCaller;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("metrics of an idle relay have totals and nothing that is not there", "[relay][api]") {
  RelayFixture fixture;
  auto const answer = ask(fixture, "/metrics");
  CHECK(answer.status == 200);
  CHECK(holds(answer.head, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
  OpenMetricsCheck const metrics(answer.body);
  CHECK(metrics.values.at("aegis_relay_sessions_started_total") == 0);
  CHECK(metrics.values.at("aegis_relay_callers_refused_total{reason=\"unknown_key\"}") == 0);
  CHECK_FALSE(holds(answer.body, "aegis_relay_session_"));
  CHECK_FALSE(holds(answer.body, "aegis_relay_link_"));
}

TEST_CASE("metrics of a bonded session name its stream and its links' slots only", "[relay][api]") {
  RelayFixture fixture;
  BondedSession const session(fixture);
  auto const text = ask(fixture, "/metrics").body;
  OpenMetricsCheck const metrics(text);
  CHECK(metrics.values.at("aegis_relay_session_live{stream=\"cam\"}") == 1);
  CHECK(metrics.values.at("aegis_relay_session_received_packets_total{stream=\"cam\"}") >= 400);
  CHECK(metrics.values.at("aegis_relay_players{stream=\"cam\"}") == 0);
  CHECK(metrics.values.at("aegis_relay_link_received_packets_total{stream=\"cam\",link=\"0\"}") >
        0);
  CHECK(metrics.values.at("aegis_relay_link_jitter_seconds{stream=\"cam\",link=\"1\"}") < 1);
  CHECK(metrics.values.at("aegis_relay_link_loss_ratio{stream=\"cam\",link=\"0\"}") < 0.1);
  // The session's start does not seem to move from scrape to scrape.
  auto const created = "aegis_relay_session_lost_packets_created{stream=\"cam\"}";
  CHECK(OpenMetricsCheck(ask(fixture, "/metrics").body).values.at(created) ==
        metrics.values.at(created));
  CHECK_FALSE(holds(text, "127.0.0"));
  CHECK_FALSE(holds(text, fixture.publish_key("cam")));
}

TEST_CASE("promtool has nothing to say against the metrics", "[relay][api]") {
  if (std::system("command -v promtool >/dev/null") != 0) {
    WARN("not checked: there is no promtool here");
    return;
  }
  RelayFixture fixture;
  BondedSession const session(fixture);
  auto const answer = ask(fixture, "/metrics", "Accept: text/plain;version=0.0.4\r\n");
  CHECK(holds(answer.head, "text/plain; version=0.0.4"));
  CHECK_FALSE(holds(answer.body, "# EOF"));
  test::TempDir const directory;
  auto const file = (directory / "metrics").string();
  std::ofstream(file) << answer.body;
  CHECK(std::system(("promtool check metrics < " + file).c_str()) == 0);
}

TEST_CASE("a relay is healthy from its start, and ready until it drains", "[relay][api]") {
  RelayFixture fixture;
  CHECK(ask(fixture, "/healthz").status == 200);
  CHECK(fixture.eventually([&](auto const&) { return ask(fixture, "/readyz").status == 200; }));
  CHECK(nlohmann::json::parse(ask(fixture, "/readyz").body)["status"] == "ready");
  CHECK(fixture.relay().stop(1500ms));
  auto const answer = ask(fixture, "/readyz");
  CHECK(answer.status == 503);
  CHECK(nlohmann::json::parse(answer.body)["reason"] == "draining");
  CHECK(ask(fixture, "/healthz").status == 200);
}

TEST_CASE("a relay one of whose threads hangs is not ready", "[relay][api]") {
  auto bond = std::make_shared<relay::BondFigures>();
  auto media = std::make_shared<relay::MediaFigures>();
  bond->at = Time(100s);
  relay::ApiSources const sources{
      [&] { return relay::FiguresView{bond, media, nullptr, Time(1s), Time(101s), {}}; },
      [] { return false; }, [] { return std::make_shared<relay::Access>(); },
      [] { return std::nullopt; }};
  auto const ready = [&] { return relay::answer(sources, {"GET", "/readyz", "", {}}); };
  CHECK(ready().status == 503);  // SRT has not begun
  media->at = Time(98s) + 1ms;
  CHECK(ready().status == 200);
  media->at = Time(97s);
  CHECK(holds(ready().body, "SRT"));
}

TEST_CASE("a stats key opens its stream's figures in each form, and no other key does",
          "[relay][api]") {
  RelayFixture fixture;
  auto const key = fixture.stats_key("cam");
  auto const get = [&](const std::string& target) {
    auto const answer = ask(fixture, target);
    CHECK(answer.status == 200);
    return nlohmann::json::parse(answer.body);
  };
  CHECK(get("/stats/" + key) == nlohmann::json{{"status", "ok"}});  // offline
  BondedSession const session(fixture);
  auto const openirl = get("/stats/" + key);
  CHECK(openirl["publisher"]["latency"] >= 120);
  CHECK(openirl["publisher"]["bitrate"] > 100);
  CHECK(openirl["publisher"]["throughput"] > 100);
  CHECK(openirl["publisher"]["peers"].is_array());
  CHECK(get("/stats/" + key + "?legacy=1")["publishers"]["live"]["bitrate"] > 100);
  CHECK(get("/stats?x=y&publisher=" + key)["publishers"][key]["mbpsBandwidth"] >= 0);
  CHECK(get("/stats/" + fixture.stats_key("locked")) == nlohmann::json{{"status", "ok"}});

  for (auto const& wrong : {fixture.publish_key("cam"), fixture.play_key("cam"), std::string()}) {
    CHECK(ask(fixture, "/stats/" + wrong).status == 404);
    CHECK(ask(fixture, "/stats?publisher=" + wrong).status == 404);
  }
  CHECK(ask(fixture, "/stats").status == 404);
  SrtCaller caller(fixture.play(), key);
  CHECK_FALSE(caller.connect());
  CHECK(caller.reject_code() == 1405);
}

TEST_CASE("an API key is asked for everything but health and a stats key", "[relay][api]") {
  auto const bond = std::make_shared<relay::BondFigures>();
  config::State state;
  state.streams = {{"cam", crypto::Secret("publish"), crypto::Secret("play"), {}, {}, {}}};
  auto const access = std::make_shared<relay::Access>(state);
  relay::ApiSources const sources{
      [&] { return relay::FiguresView{bond, nullptr, nullptr, Time(1s), Time(2s), {}}; },
      [] { return false; }, [&] { return access; }, [] { return crypto::Secret("the-api-key"); }};
  auto const status_of = [&](const std::string& target, const std::string& shown) {
    http::Request request{"GET", target, "", {}};
    if (!shown.empty()) request.headers.emplace("authorization", shown);
    return relay::answer(sources, request).status;
  };
  for (auto const* target : {"/metrics", "/api/v1/status"}) {
    CHECK(status_of(target, "Bearer the-api-key") == 200);
    CHECK(status_of(target, "bearer the-api-key") == 200);
    for (auto const* wrong : {"", "Bearer ", "Bearer the-api-kez", "Bearer the-api-key2",
                              "Basic the-api-key", "the-api-key"})
      CHECK(status_of(target, wrong) == 401);
  }
  CHECK(status_of("/healthz", "") == 200);
  CHECK(status_of("/readyz", "") == 503);
  auto const stats_key = std::string(config::stats_key(state.streams[0]).expose());
  CHECK(status_of("/stats/" + stats_key, "") == 200);
  CHECK(status_of("/nowhere", "") == 404);
  CHECK(relay::answer(sources, {"GET", "/metrics", "", {}}).headers.at("WWW-Authenticate") ==
        "Bearer");
}

TEST_CASE("what is not there, and what is not asked for, is refused in JSON", "[relay][api]") {
  RelayFixture fixture;
  for (auto const* target : {"/", "/metricsx", "/api/v1", "/stats"}) {
    auto const answer = ask(fixture, target);
    CHECK(answer.status == 404);
    CHECK(nlohmann::json::parse(answer.body)["error"].is_string());
  }
  for (auto const* target : {"/metrics", "/readyz", "/api/v1/status"}) {
    auto const answer = ask(fixture, target, "", "DELETE");
    CHECK(answer.status == 405);
    CHECK(holds(answer.head, "Allow: GET, HEAD"));
  }
}
