// Copies of SRT control packets: alike to the byte, and not too far apart.
#include "common/bond/control_dedup.hpp"

#include <catch2/catch.hpp>

#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {

TEST_CASE("a copy of a control packet is known, and a third as well", "[bond][dedup]") {
  ControlDedup dedup;
  auto const ack = srt_control(2, {1000});
  CHECK(dedup.is_new(ack));
  CHECK(!dedup.is_new(ack));
  CHECK(!dedup.is_new(ack));
}

TEST_CASE("any byte that differs makes another packet", "[bond][dedup]") {
  ControlDedup dedup;
  auto const packet = srt_control(2, {1000, 45'000});
  REQUIRE(dedup.is_new(packet));
  for (std::size_t i = 0; i < packet.size(); ++i) {
    INFO("byte " << i);
    auto other = packet;
    other[i] ^= std::byte{1};
    CHECK(dedup.is_new(other));
  }
  CHECK(dedup.is_new(ByteView(packet).first(packet.size() - 4)));
  CHECK(!dedup.is_new(packet));
  // Zeroes at the end count, too.
  auto longer = packet;
  longer.push_back(std::byte{0});
  CHECK(dedup.is_new(longer));
}

TEST_CASE("a copy is known for 64 packets, whatever came before", "[bond][dedup]") {
  ControlDedup dedup;
  std::uint32_t stamp = 1000;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 37; ++i) dedup.is_new(srt_control(6, {}, stamp++));  // not a whole turn
    auto const packet = srt_control(2, {7}, stamp++);
    REQUIRE(dedup.is_new(packet));
    for (int i = 0; i < 63; ++i) REQUIRE(dedup.is_new(srt_control(6, {}, stamp++)));
    CHECK(!dedup.is_new(packet));
    REQUIRE(dedup.is_new(srt_control(6, {}, stamp++)));
    CHECK(dedup.is_new(packet));
  }
}

}  // namespace aegis::bond::test
