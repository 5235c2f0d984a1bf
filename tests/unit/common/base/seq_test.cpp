#include "common/base/seq.hpp"

#include <catch2/catch.hpp>

namespace aegis {

TEST_CASE("sequence numbers wrap at 31 bits", "[seq]") {
  SeqNo const last(0x7fffffff);
  CHECK(last.next() == SeqNo(0));
  CHECK(SeqNo(0x80000000) == SeqNo(0));
  CHECK(SeqNo(0xffffffff) == last);
  CHECK(SeqNo(0).plus(-1) == last);
  CHECK(last.plus(2) == SeqNo(1));
  CHECK(SeqNo(5).plus(0) == SeqNo(5));
}

TEST_CASE("distance is the short way round", "[seq]") {
  CHECK(distance(SeqNo(3), SeqNo(3)) == 0);
  CHECK(distance(SeqNo(3), SeqNo(10)) == 7);
  CHECK(distance(SeqNo(10), SeqNo(3)) == -7);
  CHECK(distance(SeqNo(0x7fffffff), SeqNo(0)) == 1);
  CHECK(distance(SeqNo(0), SeqNo(0x7fffffff)) == -1);
  CHECK(distance(SeqNo(0x7ffffff0), SeqNo(0x10)) == 0x20);
  // Half way round is behind: the range is -2^30 ... 2^30-1.
  CHECK(distance(SeqNo(0), SeqNo(0x3fffffff)) == 0x3fffffff);
  CHECK(distance(SeqNo(0), SeqNo(0x40000000)) == -0x40000000);
  CHECK(distance(SeqNo(0x40000000), SeqNo(0)) == -0x40000000);
}

TEST_CASE("distance and plus undo each other", "[seq]") {
  for (std::uint32_t const from : {0u, 1u, 0x3fffffffu, 0x40000000u, 0x7ffffffeu, 0x7fffffffu})
    for (std::int32_t const step : {0, 1, -1, 1000, -1000, 0x3fffffff, -0x40000000}) {
      INFO(from << " " << step);
      CHECK(distance(SeqNo(from), SeqNo(from).plus(step)) == step);
    }
}

TEST_CASE("before", "[seq]") {
  CHECK(is_before(SeqNo(1), SeqNo(2)));
  CHECK_FALSE(is_before(SeqNo(2), SeqNo(1)));
  CHECK_FALSE(is_before(SeqNo(2), SeqNo(2)));
  CHECK(is_before(SeqNo(0x7fffffff), SeqNo(0)));
  CHECK_FALSE(is_before(SeqNo(0), SeqNo(0x7fffffff)));
}

}  // namespace aegis
