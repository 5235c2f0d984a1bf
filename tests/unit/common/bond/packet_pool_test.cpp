// Slots for held packets: copies that stay where they are, up to a limit.
#include "common/bond/packet_pool.hpp"

#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

std::uint32_t number_in(PacketPool& pool, PacketPool::Handle handle) {
  return load_u32(pool.view(handle), 0);
}

}  // namespace

TEST_CASE("a stored packet is a copy with its own length", "[bond][pool]") {
  PacketPool pool(64);
  auto packet = srt_data(7, false, kMaxDatagram);
  auto const handle = pool.store(packet);
  REQUIRE(handle);
  auto const original = packet;
  packet.assign(packet.size(), std::byte{0});
  CHECK(Packet(pool.view(*handle).begin(), pool.view(*handle).end()) == original);
  pool.release(*handle);
  auto const shorter = pool.store(srt_data(8, false, 20));
  REQUIRE(shorter);
  CHECK(pool.view(*shorter).size() == 20);
}

TEST_CASE("packets stay where they are while the pool grows to its limit", "[bond][pool]") {
  PacketPool pool(256);
  std::vector<PacketPool::Handle> handles;
  auto const first = *pool.store(srt_data(0));
  auto const* const place = pool.view(first).data();
  handles.push_back(first);
  for (std::uint32_t i = 1; i < 256; ++i) {
    auto const handle = pool.store(srt_data(i));
    REQUIRE(handle);
    handles.push_back(*handle);
  }
  CHECK(pool.used() == 256);
  CHECK(!pool.store(srt_data(999)));
  CHECK(std::set(handles.begin(), handles.end()).size() == 256);
  CHECK(pool.view(first).data() == place);
  for (std::uint32_t i = 0; i < 256; ++i) CHECK(number_in(pool, handles[i]) == i);
}

TEST_CASE("a full pool takes as many packets as were released", "[bond][pool]") {
  PacketPool pool(128);
  std::vector<PacketPool::Handle> handles;
  while (auto const handle = pool.store(srt_data(1))) handles.push_back(*handle);
  REQUIRE(handles.size() == 128);
  pool.release(handles[3]);
  pool.release(handles[100]);
  CHECK(pool.used() == 126);
  std::set<PacketPool::Handle> again;
  while (auto const handle = pool.store(srt_data(2))) again.insert(*handle);
  CHECK(again == std::set{handles[3], handles[100]});
  CHECK(number_in(pool, handles[4]) == 1);
}

TEST_CASE("a pool never exceeds its limit", "[bond][pool]") {
  auto const limit = GENERATE(std::size_t{0}, std::size_t{65}, std::size_t{127});
  PacketPool pool(limit);
  std::size_t stored = 0;
  while (stored < 1000 && pool.store(srt_data(1))) ++stored;
  CHECK(stored <= limit);
}

}  // namespace aegis::bond::test
