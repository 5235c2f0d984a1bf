// The run of packets that may have to be sent again: its bounds, and what each packet's entry
// knows.
#include "common/bond/repair_buffer.hpp"

#include <catch2/catch.hpp>

#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

constexpr std::uint32_t kCapacity = RepairBuffer::kCapacity;

void fill(RepairBuffer& buffer, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    buffer.add(SeqNo(first + i), srt_data(first + i, false, 20), Time(Duration(1s)) + i * 1us);
}

}  // namespace

TEST_CASE("a full repair buffer lets its oldest packet go, around the ring", "[bond][repair]") {
  RepairBuffer buffer;
  std::uint32_t const first = 0x7fffe000;  // wraps within the run
  fill(buffer, first, kCapacity);
  CHECK(buffer.size() == kCapacity);
  REQUIRE(buffer.find(SeqNo(first)));
  fill(buffer, first + kCapacity, 5000);
  CHECK(buffer.size() == kCapacity);
  CHECK(!buffer.find(SeqNo(first + 4999)));
  for (std::uint32_t const offset : {5000u, kCapacity - 1, kCapacity, kCapacity + 4999}) {
    INFO("offset " << offset);
    auto* const entry = buffer.find(SeqNo(first + offset));
    REQUIRE(entry);
    CHECK(SeqNo(load_u32(buffer.packet(*entry), 0)) == SeqNo(first + offset));
  }
  CHECK(!buffer.find(SeqNo(first + kCapacity + 5000)));
}

TEST_CASE("an entry begins without the repairs of its slot's last packet", "[bond][repair]") {
  RepairBuffer buffer;
  fill(buffer, 0, kCapacity);
  auto* entry = buffer.find(SeqNo(0));
  entry->repairs = 3;
  entry->queued = true;
  fill(buffer, kCapacity, 1);  // the same slot
  entry = buffer.find(SeqNo(kCapacity));
  REQUIRE(entry);
  CHECK(entry->repairs == 0);
  CHECK(!entry->queued);
  CHECK(entry->first_sent == Time(Duration(1s)));
}

TEST_CASE("a run that breaks begins anew, and no slot is lost by it", "[bond][repair]") {
  RepairBuffer buffer;
  std::uint32_t const ahead = GENERATE(2u, 0u, 0x40000000u, 0x7fffffffu);
  for (int round = 0; round < 3; ++round) {
    fill(buffer, 1000, kCapacity);
    std::uint32_t const other = 1000 + kCapacity - 1 + ahead;  // 1 would continue the run
    fill(buffer, other, 1);
    CHECK(buffer.size() == 1);
    CHECK(buffer.find(SeqNo(other)));
    CHECK(!buffer.find(SeqNo(1001)));
  }
}

TEST_CASE("what SRT has is forgotten, and only that", "[bond][repair]") {
  RepairBuffer buffer;
  fill(buffer, 100, 10);
  buffer.forget_before(SeqNo(100));
  CHECK(buffer.size() == 10);
  buffer.forget_before(SeqNo(50));  // an old word
  CHECK(buffer.size() == 10);
  buffer.forget_before(SeqNo(101));
  CHECK(buffer.size() == 9);
  buffer.forget_before(SeqNo(5000));  // ahead of all
  CHECK(buffer.size() == 0);
  CHECK(!buffer.find(SeqNo(109)));
  buffer.add(SeqNo(110), srt_data(110), Time());
  CHECK(buffer.size() == 1);
  CHECK(buffer.find(SeqNo(110)));
}

TEST_CASE("a packet of just the age limit is kept", "[bond][repair]") {
  RepairBuffer buffer;
  fill(buffer, 0, 3);
  buffer.forget_older_than(Time(Duration(1s)) + 1us);
  CHECK(buffer.size() == 2);
  CHECK(!buffer.find(SeqNo(0)));
  buffer.clear();
  CHECK(buffer.size() == 0);
  CHECK(!buffer.find(SeqNo(1)));
}

}  // namespace aegis::bond::test
