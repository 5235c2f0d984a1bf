#include "agent/media/chunk_queue.hpp"

#include <thread>

#include <catch2/catch.hpp>

namespace aegis::agent::media {
namespace {

Time at_ms(int ms) {
  return Time(std::chrono::milliseconds(ms));
}

TsChunk numbered(int number, bool random_access = false) {
  TsChunk chunk;
  chunk.data.fill(static_cast<std::byte>(number));
  chunk.size = kChunkSize;
  chunk.random_access = random_access;
  return chunk;
}

int number(const std::optional<TsChunk>& chunk) {
  return chunk ? std::to_integer<int>(chunk->data[0]) : -1;
}

}  // namespace

TEST_CASE("chunks come out in order") {
  ChunkQueue queue;
  queue.restart(false);
  for (int i = 0; i < 5; ++i) queue.push(numbered(i), at_ms(i));
  for (int i = 0; i < 5; ++i) CHECK(number(queue.pop(at_ms(10))) == i);
  CHECK_FALSE(queue.pop(at_ms(10)));
}

TEST_CASE("a full queue loses its oldest chunks and says how many") {
  ChunkQueue queue({.max_bytes = 10 * kChunkSize, .max_age = 2s});
  queue.restart(false);
  for (int i = 0; i < 25; ++i) queue.push(numbered(i), at_ms(0));
  CHECK(queue.figures().dropped_full == 15);
  CHECK(queue.figures().queued_bytes == 10 * kChunkSize);
  CHECK(number(queue.pop(at_ms(0))) == 15);
}

TEST_CASE("what has waited too long is not sent") {
  ChunkQueue queue;
  queue.restart(false);
  queue.push(numbered(1), at_ms(0));
  queue.push(numbered(2), at_ms(1500));
  CHECK(number(queue.pop(at_ms(2001))) == 2);
  CHECK(queue.figures().dropped_stale == 1);
}

TEST_CASE("nothing is kept while no uplink wants it") {
  ChunkQueue queue;
  queue.push(numbered(1), at_ms(0));
  CHECK_FALSE(queue.pop(at_ms(0)));
  CHECK(queue.figures().discarded == 1);
  CHECK(queue.figures().last_in == at_ms(0));
  queue.restart(false);
  queue.push(numbered(2), at_ms(1));
  queue.pause();
  queue.restart(false);
  CHECK_FALSE(queue.pop(at_ms(1)));
  CHECK(queue.figures().queued_bytes == 0);
}

TEST_CASE("a restarted queue begins where a decoder can") {
  ChunkQueue queue;
  queue.restart(true);
  queue.push(numbered(1), at_ms(0));
  queue.push(numbered(2, true), at_ms(0));
  queue.push(numbered(3), at_ms(0));
  CHECK(number(queue.pop(at_ms(0))) == 2);
  CHECK(number(queue.pop(at_ms(0))) == 3);
}

TEST_CASE("a closed queue drains and then says so") {
  ChunkQueue queue;
  queue.restart(false);
  queue.push(numbered(1), at_ms(0));
  queue.push(numbered(2), at_ms(0));
  queue.close();
  CHECK_FALSE(queue.drained());
  queue.push(numbered(3), at_ms(0));
  CHECK(number(queue.pop(at_ms(0))) == 1);
  CHECK(number(queue.pop(at_ms(0))) == 2);
  CHECK(queue.drained());
}

TEST_CASE("a consumer is woken by a chunk and by the end") {
  ChunkQueue queue;
  queue.restart(false);
  std::thread producer([&] { queue.push(numbered(1), at_ms(0)); });
  queue.wait_ready(5s);
  producer.join();
  CHECK(number(queue.pop(at_ms(0))) == 1);
  std::thread closer([&] { queue.close(); });
  queue.wait_ready(5s);
  closer.join();
  CHECK(queue.drained());
}

TEST_CASE("a producer that can wait is held back by a full queue and let go by its consumer") {
  ChunkQueue queue({.max_bytes = 10 * kChunkSize, .max_age = 2s});
  queue.restart(false);
  for (int i = 0; i < 10; ++i) queue.push(numbered(i), at_ms(0));
  CHECK_FALSE(queue.wait_for_room(1ms));
  std::thread consumer([&] {
    for (int i = 0; i < 6; ++i) queue.pop(at_ms(0));
  });
  CHECK(queue.wait_for_room(5s));
  consumer.join();
}

}  // namespace aegis::agent::media
