// Proofs of delivery: of which packet, and how old.
#include "common/bond/seq_history.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr Time kNow{Duration(100s)};
constexpr Duration kWithin = 500ms;

}  // namespace

TEST_CASE("nothing is proved of what nobody delivered, number 0 included", "[bond][history]") {
  SeqHistory history;
  CHECK(!history.delivered(SeqNo(0), Time(Duration(1)), kWithin));  // be the clock young, too
  CHECK(!history.delivered(SeqNo(5), kNow, kWithin));
  history.on_delivered(SeqNo(5), kNow);
  CHECK(history.delivered(SeqNo(5), kNow, kWithin));
  CHECK(!history.delivered(SeqNo(4), kNow, kWithin));
  CHECK(!history.delivered(SeqNo(6), kNow, kWithin));
}

TEST_CASE("a proof is believed for as long as it is asked, and can be renewed", "[bond][history]") {
  SeqHistory history;
  history.on_delivered(SeqNo(5), kNow);
  CHECK(history.delivered(SeqNo(5), kNow + 499ms, kWithin));
  CHECK(!history.delivered(SeqNo(5), kNow + 500ms, kWithin));
  CHECK(history.delivered(SeqNo(5), kNow + 500ms, 501ms));
  history.on_delivered(SeqNo(5), kNow + 800ms);
  CHECK(history.delivered(SeqNo(5), kNow + 900ms, kWithin));
}

TEST_CASE("a later packet takes the place of one 8192 before it, at the wrap too",
          "[bond][history]") {
  auto const first = GENERATE(0u, 12345u, 0x7fffff00u);
  SeqHistory history;
  for (std::uint32_t i = 0; i < 8192; ++i) history.on_delivered(SeqNo(first + i), kNow);
  CHECK(history.delivered(SeqNo(first), kNow, kWithin));
  CHECK(history.delivered(SeqNo(first + 8191), kNow, kWithin));
  history.on_delivered(SeqNo(first + 8192), kNow);
  CHECK(!history.delivered(SeqNo(first), kNow, kWithin));
  CHECK(history.delivered(SeqNo(first + 8192), kNow, kWithin));
  CHECK(history.delivered(SeqNo(first + 1), kNow, kWithin));
}

TEST_CASE("a new SRT connection begins without proofs", "[bond][history]") {
  SeqHistory history;
  for (std::uint32_t i = 0; i < 8192; ++i) history.on_delivered(SeqNo(i), kNow);
  history.clear();
  std::uint32_t left = 0;
  for (std::uint32_t i = 0; i < 8192; ++i)
    left += history.delivered(SeqNo(i), kNow, kWithin) ? 1 : 0;
  CHECK(left == 0);
}

}  // namespace aegis::bond::test
