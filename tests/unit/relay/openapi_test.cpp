// The description of the HTTP API against what a relay really answers.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "support/json_checks.hpp"
#include "unit/relay/live_relay.hpp"

using namespace aegis;
using nlohmann::json;

namespace {

const json& document() {
  static const json text = [] {
    std::ifstream file(AEGIS_SOURCE "/src/relay/openapi.json");
    return json::parse(file);
  }();
  return text;
}

const json& resolved(const json& schema) {
  auto const ref = schema.find("$ref");
  if (ref == schema.end()) return schema;
  return document().at(json::json_pointer(ref->get<std::string>().substr(1)));
}

bool is_of(const json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

// What is wrong with `value`, at which place; empty when it is as `schema` says, with every field
// that is named and none that is not.
std::string fault(const json& value, const json& unresolved, const std::string& at);

std::string fault_in_object(const json& value, const json& schema, const std::string& at) {
  for (auto const& name : schema.value("required", json::array()))
    if (!value.contains(name.get<std::string>())) return at + " lacks " + name.dump();
  auto const properties = schema.value("properties", json::object());
  for (auto const& [name, field] : value.items()) {
    auto const known = properties.find(name);
    if (known == properties.end() && !schema.contains("additionalProperties"))
      return at + " has the unnamed field " + name;
    auto const& below =
        known == properties.end() ? schema.at("additionalProperties") : known.value();
    if (auto found = fault(field, below, at + "." + name); !found.empty()) return found;
  }
  return {};
}

std::string fault(const json& value, const json& unresolved, const std::string& at) {
  auto const& schema = resolved(unresolved);
  auto const& type = schema.at("type");
  bool const fits = type.is_string() ? is_of(value, type)
                                     : std::any_of(type.begin(), type.end(), [&](auto const& one) {
                                         return is_of(value, one);
                                       });
  if (!fits) return at + " is " + value.dump() + ", not " + type.dump();
  if (schema.contains("enum") &&
      std::count(schema["enum"].begin(), schema["enum"].end(), value) == 0)
    return at + " is " + value.dump() + ", not one of " + schema["enum"].dump();
  if (value.is_object()) return fault_in_object(value, schema, at);
  if (value.is_array())
    for (auto const& item : value)
      if (auto found = fault(item, schema.at("items"), at + "[]"); !found.empty()) return found;
  return {};
}

// The schemas that an answer of this status may have.
std::vector<json> schemas_of(const std::string& path, const std::string& method, unsigned status) {
  auto const& schema = document()
                           .at("paths")
                           .at(path)
                           .at(method)
                           .at("responses")
                           .at(std::to_string(status))
                           .at("content")
                           .at("application/json")
                           .at("schema");
  if (schema.contains("oneOf")) return schema["oneOf"];
  return {schema};
}

}  // namespace

TEST_CASE("every path answers with the fields that its description names", "[relay][openapi]") {
  test::RelayFixture fixture;
  test::BondedSession const session(fixture);
  test::SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  REQUIRE(fixture.eventually([](auto const& s) { return s["players"].size() == 1; }));
  auto const key = fixture.stats_key("cam");
  struct Case {
    std::string path, target;
    unsigned status = 200;
    std::size_t form = 0;
    std::string method = "get";
  };
  std::vector<Case> const cases{
      {"/healthz", "/healthz"},
      {"/readyz", "/readyz"},
      {"/api/v1/status", "/api/v1/status"},
      {"/stats/{key}", "/stats/" + key},
      {"/stats/{key}", "/stats/" + key + "?legacy=1", 200, 1},
      {"/stats/{key}", "/stats/wrong", 404},
      {"/stats", "/stats?publisher=" + key},
      {"/stats", "/stats", 404},
      {"/api/v1/sessions/{stream}", "/api/v1/sessions/cam", 403, 0, "delete"},
      {"/api/v1/players/{id}", "/api/v1/players/1", 403, 0, "delete"},
      {"/api/v1/drain", "/api/v1/drain", 403, 0, "post"}};
  std::set<std::string> seen{"/metrics", "/api/v1/events"};  // which are no JSON documents
  for (auto const& [path, target, status, form, method] : cases) {
    INFO(target);
    auto verb = method;
    for (char& letter : verb) letter = static_cast<char>(std::toupper(letter));
    auto const answer = test::ask(fixture, target, "", verb);
    CHECK(answer.status == status);
    CHECK_THAT(fault(json::parse(answer.body), schemas_of(path, method, status).at(form), path),
               Catch::Equals(""));
    seen.insert(path);
  }
  for (auto const& [path, what] : document()["paths"].items()) CHECK(seen.contains(path));
  auto const status = fixture.status();
  for (auto const* list : {"groups", "sessions", "players"}) CHECK(status[list].size() == 1);
}

TEST_CASE("every event has the fields that its description names", "[relay][openapi]") {
  test::RelayFixture fixture;
  test::TcpClient reader(fixture.relay().bound().http);
  reader.send("GET /api/v1/events HTTP/1.1\r\n\r\n");
  auto text = reader.read("\r\n\r\n");
  {
    test::BondedSession const session(fixture);
    test::SrtCaller player(fixture.play(), fixture.play_key("cam"));
    REQUIRE(player.connect());
    text += reader.read("player_started");
  }
  for (int i = 0; i < 50 && text.find("player_ended") == std::string::npos; ++i)
    text += reader.read("}\n", 100ms);
  auto const& schema = document()["components"]["schemas"]["Event"];
  std::size_t events = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("{")) continue;
    CHECK_THAT(fault(json::parse(line), schema, line), Catch::Equals(""));
    ++events;
  }
  CHECK(events >= 7);
}

TEST_CASE("the description is held against answers strictly", "[relay][openapi]") {
  json const health{{"$ref", "#/components/schemas/Health"}};
  CHECK_THAT(fault({{"status", "ok"}}, health, ""), Catch::Equals(""));
  CHECK_FALSE(fault({{"status", 1}}, health, "").empty());
  CHECK_FALSE(fault({{"status", "ok"}, {"more", 1}}, health, "").empty());
  CHECK_FALSE(fault(json::object(), health, "").empty());
}
