// Whatever the links do, the machines keep their promises. A failure names its seed:
// `aegis-simulate random:SEED` runs it again.
#include <catch2/catch.hpp>

#include "sim/report.hpp"
#include "sim/scenarios.hpp"

using namespace aegis;
using namespace aegis::sim;

namespace {

void keeps_promises(std::uint64_t seed) {
  Report const report = run_scenario(random_scenario(seed, 120s), seed);
  INFO(to_table(report));
  CHECK(report.violations.empty());
  CHECK(report.made > 0);
}

}  // namespace

TEST_CASE("seeds that have failed before", "[random]") {
  for (std::uint64_t const seed : {1003u, 1021u, 1033u, 1042u, 2014u, 2033u}) keeps_promises(seed);
}

TEST_CASE("fifty random worlds of two minutes", "[random]") {
  for (std::uint64_t seed = 1000; seed < 1050; ++seed) keeps_promises(seed);
}

TEST_CASE("nothing is lost in worlds where either of two links could carry all", "[random]") {
  std::uint64_t made = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Report const report = run_scenario(spare_scenario(seed, 120s), seed);
    INFO(to_table(report));
    CHECK(report.violations.empty());
    made += report.made;
    lost += report.made - report.played;
  }
  CHECK(made > 500'000);
  CHECK(lost == 0);
}
