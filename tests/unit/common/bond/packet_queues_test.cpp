// The two bounded queues of the sender: packets that wait, and sequence numbers that wait.
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "common/bond/packet_queue.hpp"
#include "common/bond/seq_queue.hpp"
#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

constexpr Time kStart{Duration(5s)};

Packet packet_of(std::size_t size, int fill) {
  return Packet(size, static_cast<std::byte>(fill));
}

Packet copy(ByteView view) {
  return Packet(view.begin(), view.end());
}

}  // namespace

TEST_CASE("packets wait in order with the time they came, around the ring", "[bond][queue]") {
  PacketQueue queue(3);
  for (int i = 0; i < 20; ++i) {
    queue.push(packet_of(static_cast<std::size_t>(100 + i), i), kStart + i * 1ms);
    queue.push(packet_of(static_cast<std::size_t>(200 + i), 100 + i), kStart + i * 2ms);
    CHECK(copy(queue.front()) == packet_of(static_cast<std::size_t>(100 + i), i));
    CHECK(queue.front_queued() == kStart + i * 1ms);
    queue.pop();
    CHECK(copy(queue.front()) == packet_of(static_cast<std::size_t>(200 + i), 100 + i));
    CHECK(queue.front_queued() == kStart + i * 2ms);
    queue.pop();
    CHECK(queue.empty());
  }
}

TEST_CASE("a packet queue is full at its capacity and not before", "[bond][queue]") {
  PacketQueue queue(3);
  queue.push(packet_of(10, 1), kStart);
  queue.pop();  // the ring does not begin at its first slot
  for (int i = 0; i < 3; ++i) {
    CHECK(!queue.full());
    queue.push(packet_of(10, i), kStart);
  }
  CHECK(queue.full());
  CHECK(queue.size() == 3);
  queue.pop();
  CHECK(!queue.full());
  queue.push(packet_of(10, 3), kStart);
  for (int i = 1; i <= 3; ++i, queue.pop()) CHECK(copy(queue.front()) == packet_of(10, i));
}

TEST_CASE("the longest datagram waits whole, and a shorter one after it keeps its own length",
          "[bond][queue]") {
  PacketQueue queue(1);
  queue.push(packet_of(kMaxDatagram, 7), kStart);
  CHECK(copy(queue.front()) == packet_of(kMaxDatagram, 7));
  queue.pop();
  queue.push(packet_of(16, 8), kStart);
  CHECK(copy(queue.front()) == packet_of(16, 8));
}

TEST_CASE("a cleared packet queue begins anew", "[bond][queue]") {
  PacketQueue queue(3);
  for (int i = 0; i < 3; ++i) queue.push(packet_of(10, i), kStart);
  queue.pop();
  queue.clear();
  CHECK(queue.empty());
  for (int i = 10; i < 13; ++i) queue.push(packet_of(10, i), kStart);
  CHECK(queue.full());
  CHECK(copy(queue.front()) == packet_of(10, 10));
}

TEST_CASE("sequence numbers wait in order, around the ring and the wrap", "[bond][queue]") {
  SeqQueue queue;
  std::uint32_t pushed = 0x7ffff000, popped = pushed;
  for (int round = 0; round < 4; ++round) {
    while (queue.size() < 5000) queue.push(SeqNo(pushed++));
    for (int i = 0; i < 4000; ++i, queue.pop()) REQUIRE(queue.front() == SeqNo(popped++));
  }
  CHECK(queue.size() == 1000);
  while (!queue.full()) queue.push(SeqNo(pushed++));
  CHECK(queue.size() == SeqQueue::kCapacity);
  for (; !queue.empty(); queue.pop()) REQUIRE(queue.front() == SeqNo(popped++));
  CHECK(popped == pushed);
  queue.push(SeqNo(1));
  queue.push(SeqNo(2));
  queue.clear();
  CHECK(queue.empty());
  queue.push(SeqNo(3));
  CHECK(queue.front() == SeqNo(3));
}

TEST_CASE("a queue that was empty uses the same memory again", "[bond]") {
  PacketQueue queue(64);
  queue.push(srt_data(1), Time(Duration(1s)));
  auto const* const first = queue.front().data();
  for (std::uint32_t seq = 2; seq < 20; ++seq) {
    queue.pop();
    queue.push(srt_data(seq), Time(Duration(1s)));
    CHECK(queue.front().data() == first);
  }
}

}  // namespace aegis::bond::test
