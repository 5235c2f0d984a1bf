// The ring of what one link has in flight: found again by sequence and by order, at every wrap.
#include "common/bond/sent_log.hpp"

#include <catch2/catch.hpp>

namespace aegis::bond::test {
namespace {

constexpr std::uint64_t kCapacity = SentLog::kCapacity;

std::uint64_t add(SentLog& log, std::uint32_t seq, std::int64_t bytes = 100) {
  Transmission sent;
  sent.seq = SeqNo(seq);
  sent.bytes = Bytes(bytes);
  log.add(sent);
  return log.next() - 1;
}

}  // namespace

TEST_CASE("what is in flight is counted until its fate is known, and once", "[bond][sent_log]") {
  SentLog log;
  auto const first = add(log, 10, 1000);
  auto const second = add(log, 11, 300);
  CHECK(log.in_flight() == Bytes(1300));
  CHECK(log.open_count() == 2);
  log.close(second);
  log.close(second);
  CHECK(log.in_flight() == Bytes(1000));
  CHECK(log.open_count() == 1);
  CHECK(log.oldest() == first);  // the one before it is still open
  log.close(first);
  CHECK(log.oldest() == log.next());
  log.close(log.next());  // never sent
  CHECK(log.open_count() == 0);
  CHECK(log.in_flight() == Bytes(0));
}

TEST_CASE("the log is full of open packets, and the oldest alone keeps it so", "[bond][sent_log]") {
  SentLog log;
  for (std::uint32_t i = 0; i < kCapacity - 1; ++i) add(log, i);
  CHECK(log.has_room());
  add(log, kCapacity - 1);
  CHECK(!log.has_room());
  for (std::uint64_t order = 1; order < kCapacity; ++order) log.close(order);
  CHECK(!log.has_room());  // its slot would be written over
  CHECK(log.open_count() == 1);
  log.close(0);
  CHECK(log.has_room());
  CHECK(log.oldest() == kCapacity);
}

TEST_CASE("a slot that is used again speaks of the new packet only", "[bond][sent_log]") {
  SentLog log;
  auto const old = add(log, 7, 100);
  log.close(old);
  for (std::uint32_t i = 0; i < kCapacity - 1; ++i) log.close(add(log, 1000 + i));
  auto const current = add(log, 9, 250);
  REQUIRE(current == old + kCapacity);
  CHECK(log.at(old).seq == SeqNo(9));  // the same slot
  log.close(old);                      // long known, must not touch the new one
  CHECK(log.in_flight() == Bytes(250));
  CHECK(log.find(SeqNo(9)) == current);
  CHECK(!log.find(SeqNo(7)));
}

TEST_CASE("a sequence number is found only while it is open", "[bond][sent_log]") {
  SentLog log;
  add(log, SeqNo::kMask);  // the last before the wrap
  add(log, 0);
  CHECK(log.find(SeqNo(SeqNo::kMask)) == 0u);
  CHECK(log.find(SeqNo(0)) == 1u);
  CHECK(!log.find(SeqNo(1)));
  CHECK(!log.find(SeqNo(2 * kCapacity)));  // shares its place in the index with 0
  log.close(1);
  CHECK(!log.find(SeqNo(0)));
  CHECK(log.find(SeqNo(SeqNo::kMask)));
}

TEST_CASE("of several transmissions of one packet the last one counts", "[bond][sent_log]") {
  SentLog log;
  auto const first = add(log, 5, 400);
  auto const copy = add(log, 5, 400);
  CHECK(log.find(SeqNo(5)) == copy);
  CHECK(log.in_flight() == Bytes(800));  // both are on their way
  log.close(first);
  CHECK(log.find(SeqNo(5)) == copy);
  log.close(copy);
  CHECK(!log.find(SeqNo(5)));
  CHECK(log.in_flight() == Bytes(0));
}

TEST_CASE("a number on the wire finds its packet as long as the ring holds it",
          "[bond][sent_log]") {
  SentLog log;
  CHECK(!log.order_of(0));  // nothing was sent yet
  CHECK(!log.order_of(0xffffffff));
  for (std::uint32_t i = 0; i < 10; ++i) log.close(add(log, i));
  CHECK(log.order_of(0) == 0u);
  CHECK(log.order_of(9) == 9u);
  CHECK(!log.order_of(10));          // the next one
  CHECK(!log.order_of(0xffffffff));  // before the first
  for (std::uint32_t i = 0; i < kCapacity; ++i) log.close(add(log, i));
  CHECK(log.order_of(10) == 10u);
  CHECK(!log.order_of(9));  // its slot has been used again
}

TEST_CASE("what was sent after a packet counts whatever became of it", "[bond][sent_log]") {
  SentLog log;
  auto const first = add(log, 1, 100);
  auto const second = add(log, 2, 20);
  log.close(add(log, 3, 3));
  CHECK(log.sent_after(first) == Bytes(23));
  CHECK(log.sent_after(second) == Bytes(3));
  log.clear();
  add(log, 4, 5000);
  CHECK(log.sent_after(second) == Bytes(5003));
}

TEST_CASE("a cleared log knows of nothing and counts on", "[bond][sent_log]") {
  SentLog log;
  auto const order = add(log, 1, 100);
  log.clear();
  CHECK(log.in_flight() == Bytes(0));
  CHECK(log.open_count() == 0);
  CHECK(!log.find(SeqNo(1)));
  log.close(order);  // a late answer
  CHECK(log.in_flight() == Bytes(0));
  CHECK(log.open_count() == 0);
  CHECK(add(log, 1) == order + 1);  // numbers on the wire never repeat
}

}  // namespace aegis::bond::test
