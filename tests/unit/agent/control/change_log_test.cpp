#include "agent/control/change_log.hpp"

#include <catch2/catch.hpp>

namespace aegis::agent::control {
namespace {

std::string last_of(const ChangeLog& log) {
  auto const& change = log.changes().back();
  return change.subject.name + " " + change.subject.state + " " + change.subject.why;
}

}  // namespace

TEST_CASE("each change of a state is kept once, with its reason") {
  ChangeLog log;
  log.look({{"stream", "starting"}, {"link eth0", "live"}}, Time{1s});
  REQUIRE(log.changes().size() == 2);
  log.look({{"stream", "live"}, {"link eth0", "live"}}, Time{2s});
  log.look({{"stream", "live", "another reason"}, {"link eth0", "live"}}, Time{3s});
  REQUIRE(log.changes().size() == 3);
  CHECK(log.changes().back().at == Time{2s});
  log.look({{"stream", "live"}, {"link eth0", "down", "no carrier"}}, Time{4s});
  CHECK(last_of(log) == "link eth0 down no carrier");
  log.look({{"stream", "live"}}, Time{5s});
  CHECK(last_of(log) == "link eth0 gone ");
  log.look({{"stream", "live"}}, Time{6s});
  CHECK(log.changes().size() == 5);
  log.look({{"stream", "live"}, {"link eth0", "down"}}, Time{7s});
  CHECK(last_of(log) == "link eth0 down ");
}

TEST_CASE("a link that never rests does not fill the memory") {
  ChangeLog log;
  for (int i = 0; i < 1000; ++i)
    log.look({{"link", i % 2 == 0 ? "live" : "suspect"}}, Time{std::chrono::seconds(i)});
  CHECK(log.changes().size() == ChangeLog::kKept);
  CHECK(log.changes().back().at == Time{999s});
}

}  // namespace aegis::agent::control
