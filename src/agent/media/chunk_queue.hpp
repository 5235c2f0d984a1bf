// The queue between an input and the uplink: TS in units of one SRT message, bounded in bytes and
// in age, where a slow uplink loses the oldest media and never holds up the encoder.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace aegis::agent::media {

inline constexpr std::size_t kTsPacket = 188;
inline constexpr std::size_t kChunkPackets = 7;
inline constexpr std::size_t kChunkSize = kTsPacket * kChunkPackets;

// Whole TS packets, at most seven.
struct TsChunk {
  std::array<std::byte, kChunkSize> data;
  std::uint16_t size = 0;
  bool random_access = false;  // a decoder can start here: tables and a key frame follow

  ByteView view() const { return ByteView(data).first(size); }
};

struct ChunkQueueFigures {
  std::uint64_t chunks_in = 0, bytes_in = 0;
  std::uint64_t dropped_full = 0;   // chunks: the byte bound
  std::uint64_t dropped_stale = 0;  // chunks: older than the age bound
  std::uint64_t discarded = 0;      // chunks: made while no uplink wanted them
  std::size_t queued_bytes = 0;
  std::optional<Time> last_in;  // when the last chunk came
};

// Thread-safe: one or more producers, one consumer.
class ChunkQueue {
 public:
  struct Limits {
    std::size_t max_bytes = 4'000'000;
    Duration max_age = 2s;
  };
  explicit ChunkQueue(const Limits& limits) : limits_(limits) {}
  ChunkQueue() : ChunkQueue(Limits{}) {}

  void push(const TsChunk& chunk, Time now);
  // Until there is a chunk, the queue is closed or `timeout` has passed.
  void wait_ready(Duration timeout);
  // The oldest chunk that is not stale; none when the queue is empty.
  std::optional<TsChunk> pop(Time now);

  // Nobody wants media: it is counted and thrown away until restart(). The state at the start.
  void pause();
  // Media is wanted from now on; what is queued is thrown away. With `at_random_access` so is all
  // that comes before a chunk that a decoder can start with.
  void restart(bool at_random_access);

  // No more pushes: the input has ended.
  void close();
  bool closed() const;
  bool drained() const;  // closed and empty

  // For a producer whose first media must not be lost: until restart() was called for the first
  // time or `timeout` has passed; whether it was called.
  bool wait_until_wanted(Duration timeout);

  // For a producer that can wait (a pipe): until the queue holds less than half of its bound, is
  // paused, or `timeout` has passed; whether there is room.
  bool wait_for_room(Duration timeout);

  ChunkQueueFigures figures() const;

 private:
  enum class Mode { kPaused, kAwaitingRandomAccess, kOpen };
  struct Entry {
    Time queued_at;
    TsChunk chunk;
  };
  void drop_front();
  bool has_room() const;

  Limits const limits_;
  mutable std::mutex mutex_;
  std::condition_variable ready_, room_, wanted_;
  std::deque<Entry> entries_;
  ChunkQueueFigures figures_;
  Mode mode_ = Mode::kPaused;
  bool closed_ = false, ever_wanted_ = false;
};

}  // namespace aegis::agent::media
