// `aegis tenant`, and streams that are a tenant's.
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "runner.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a tenant's keys are printed once and kept as digests", "[cli][tenant]") {
  Runner const aegis;
  auto const made = Json::parse(aegis({"tenant", "new", "alice", "--json"}).out);
  CHECK(made["schema"] == 1);
  CHECK(made["name"] == "alice");
  auto const content = [&] {
    std::ifstream file(aegis.state_file());
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  for (auto const* right : {"stats", "admin"}) {
    auto const key = made[right + std::string("_key")].get<std::string>();
    auto const prefix = "tenant-" + std::string(right) + "-";
    CHECK(key.starts_with(prefix));
    CHECK(key.size() == prefix.size() + 32);
    CHECK_FALSE(holds(content(), key.substr(prefix.size())));
  }
  CHECK(error_of(aegis({"tenant", "new", "alice"}), 78) == "tenant 'alice': the name is taken");
  auto const rotated = Json::parse(aegis({"tenant", "rotate", "alice", "--json"}).out);
  CHECK(rotated["stats_key"] != made["stats_key"]);
  CHECK(rotated["admin_key"] != made["admin_key"]);
  auto const text = aegis({"tenant", "rotate", "alice"}).out;
  CHECK(holds(text, "admin key   tenant-admin-"));
  for (auto const* command : {"rotate", "revoke"}) {
    auto const gone = aegis({"tenant", command, "bob"});
    CHECK(error_of(gone, 78) == "tenant 'bob': there is none of this name");
    CHECK(hint_of(gone) == "aegis tenant list");
  }
  CHECK(error_of(aegis({"tenant", "new"}), 64) == "tenant new: the tenant's name is missing");
}

TEST_CASE("a tenant's streams carry its name and go with it", "[cli][tenant]") {
  Runner const aegis;
  auto const orphan = aegis({"pair", "new", "alice/cam", "--stock"});
  CHECK(error_of(orphan, 78) == "tenant 'alice': there is none of this name");
  CHECK(hint_of(orphan) == "aegis tenant new alice");
  for (auto const* name : {"alice", "bob"}) REQUIRE(aegis({"tenant", "new", name}).code == 0);
  for (auto const* name : {"cam", "alice/cam", "alice/roof", "bob/cam"})
    REQUIRE(aegis({"pair", "new", name, "--stock", "--host", "relay"}).code == 0);
  CHECK(aegis({"pair", "list", "--names"}).out == "cam\nalice/cam\nalice/roof\nbob/cam\n");
  CHECK(Json::parse(aegis({"pair", "show", "alice/cam", "--json"}).out)["name"] == "alice/cam");
  CHECK(holds(aegis({"pair", "show", "alice/cam"}).out, "aegis stream --key cam.json\n"));
  CHECK(error_of(aegis({"pair", "new", "alice/cam", "--stock"}), 78) ==
        "stream 'alice/cam': the name is taken");
  CHECK(Json::parse(aegis({"tenant", "list", "--json"}).out) ==
        Json::parse(R"({"schema":1,"tenants":[{"name":"alice","streams":2},
                                             {"name":"bob","streams":1}]})"));
  CHECK(Json::parse(aegis({"tenant", "revoke", "alice", "--json"}).out) ==
        Json::parse(R"({"schema":1,"name":"alice","revoked":true,"streams":2})"));
  CHECK(aegis({"pair", "list", "--names"}).out == "cam\nbob/cam\n");
  CHECK(aegis({"tenant", "list", "--names"}).out == "bob\n");
  CHECK(aegis({"pair", "revoke", "bob/cam"}).code == 0);
  CHECK(aegis({"pair", "list", "--names"}).out == "cam\n");
}

}  // namespace aegis::test
