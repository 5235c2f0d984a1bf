#include "common/bond/copy_budget.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

int spend_all(CopyBudget& budget) {
  int spent = 0;
  for (; budget.allows(); ++spent) budget.spend();
  return spent;
}

int packets_until_allowed(CopyBudget& budget) {
  int packets = 0;
  for (; !budget.allows(); ++packets) budget.on_packet();
  return packets;
}

}  // namespace

TEST_CASE("copies are a share of what is sent, saved up to a bound", "[bond]") {
  CopyBudget budget({.share = 0.0625, .most = 100});
  for (int i = 0; i < 5000; ++i) budget.on_packet();
  CHECK(spend_all(budget) == 100);
  CHECK(packets_until_allowed(budget) == 16);
  CHECK(spend_all(budget) == 1);
}

TEST_CASE("copies that only tell something together are saved until they are some", "[bond]") {
  CopyBudget budget({.share = 0.0625, .most = 100, .round = 20});
  CHECK(spend_all(budget) == 100);
  CHECK(packets_until_allowed(budget) == 20 * 16);
  CHECK(spend_all(budget) == 20);
}

}  // namespace aegis::bond::test
