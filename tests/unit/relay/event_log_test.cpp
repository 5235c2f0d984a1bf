#include "relay/event_log.hpp"

#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "support/json_checks.hpp"
#include "unit/relay/live_relay.hpp"

using namespace aegis;
using nlohmann::json;
using relay::EventLog;

namespace {

std::vector<json> parsed(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The events in what a chunked answer holds: each is a line that begins with a brace.
std::vector<json> events_in(const std::string& answer) {
  std::vector<json> found;
  std::istringstream stream(answer);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("{")) found.push_back(json::parse(line));
  return found;
}

bool has(const std::vector<json>& events, const json& wanted) {
  for (auto const& event : events) {
    bool same = true;
    for (auto const& [name, value] : wanted.items())
      same = same && event.value(name, json()) == value;
    if (same) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a reader gets what happens after it came, once, in order", "[relay][events]") {
  EventLog log;
  log.add("before", json::object());
  auto position = log.next();
  CHECK(log.read(position).empty());
  log.add("first", {{"stream", "a\nb"}});
  log.add("second", json::object());
  auto const lines = parsed(log.read(position));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "first");
  CHECK(lines[0]["stream"] == "a\nb");
  CHECK(lines[0]["time_ms"] > 1'600'000'000'000);
  CHECK(lines[1]["event"] == "second");
  CHECK(log.read(position).empty());
}

TEST_CASE("a slow reader is told how much it missed, and memory stays bounded", "[relay][events]") {
  EventLog log;
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < EventLog::kKept + 7; ++i) log.add("tick", {{"i", i}});
  auto const lines = parsed(log.read(position));
  REQUIRE(lines.size() == EventLog::kKept + 1);
  CHECK(lines[0] == json{{"event", "missed"}, {"count", 7}});
  CHECK(lines[1]["i"] == 7);
  CHECK(log.read(position).empty());
}

TEST_CASE("a tenant reads of its own streams only", "[relay][events]") {
  EventLog log;
  for (auto const* stream : {"cam", "alice/cam", "alicex/cam"}) log.add("s", {{"stream", stream}});
  log.add("group_opened", {{"group", 1}});
  std::uint64_t all = 0, alice = 0;
  CHECK(parsed(log.read(all)).size() == 4);
  auto const lines = parsed(log.read(alice, relay::Scope("alice")));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["stream"] == "alice/cam");
  CHECK(alice == all);
}

TEST_CASE("a bonded session and a player are told from their start to their end",
          "[relay][events]") {
  relay::ServeOptions options;
  options.sessions.grace = 500ms;
  test::RelayFixture fixture(options);
  test::TcpClient reader(fixture.relay().bound().http);
  reader.send("GET /api/v1/events HTTP/1.1\r\n\r\n");
  auto text = reader.read("\r\n\r\n");
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  {
    test::BondedSession const session(fixture);
    test::SrtCaller player(fixture.play(), fixture.play_key("cam"));
    REQUIRE(player.connect());
    text += reader.read("player_started");
  }
  for (int i = 0; i < 50 && !(holds(text, "session_ended") && holds(text, "player_ended")); ++i)
    text += reader.read("}\n", 100ms);
  auto const events = events_in(text);
  CHECK(has(events, {{"event", "group_opened"}, {"group", 1}}));
  CHECK(has(events, {{"event", "link_started"}, {"group", 1}, {"slot", 0}}));
  CHECK(has(events, {{"event", "link_started"}, {"group", 1}, {"slot", 1}}));
  CHECK(has(events,
            {{"event", "session_started"}, {"stream", "cam"}, {"via", "srtla"}, {"group", 1}}));
  CHECK(has(events, {{"event", "player_started"}, {"stream", "cam"}}));
  CHECK(has(events, {{"event", "session_grace"}, {"stream", "cam"}, {"grace_ms", 500}}));
  CHECK(has(events, {{"event", "session_ended"},
                     {"stream", "cam"},
                     {"reason", "the publisher did not come back"}}));
  CHECK(has(events, {{"event", "player_ended"}, {"stream", "cam"}}));
  CHECK_FALSE(holds(text, "127.0.0.1"));
}

TEST_CASE("readers of events that read nothing delay nobody", "[relay][events]") {
  test::RelayFixture fixture;
  std::vector<std::unique_ptr<test::TcpClient>> readers;
  for (int i = 0; i < 60; ++i) {
    readers.push_back(std::make_unique<test::TcpClient>(fixture.relay().bound().http));
    readers.back()->send("GET /api/v1/events HTTP/1.1\r\n\r\n");
  }
  auto const before = os::now();
  CHECK(test::ask(fixture, "/healthz").status == 200);
  CHECK(os::now() - before < 500ms);
  CHECK(fixture.relay().stop(1500ms));
}

TEST_CASE("HTTP/1.0 cannot have an answer without end", "[relay][events]") {
  test::RelayFixture fixture;
  test::TcpClient client(fixture.relay().bound().http);
  client.send("GET /api/v1/events HTTP/1.0\r\n\r\n");
  CHECK(client.read("}").find(" 505 ") != std::string::npos);
}
