// The recent packets of one stream, which every player of it reads at its own pace.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "relay/ts_scan.hpp"
#include "relay/ts_splice.hpp"

namespace aegis::relay {

struct RingLimits {
  Bytes most = Bytes(4'000'000);  // of packet memory
  Duration keep = 1s;             // what a slow player may lag behind without a loss
};

// Packets have positions that only ever grow. Memory comes in chunks, grows to what `keep` and the
// last place to begin need, never beyond `most`, and is used again: no allocation for each packet.
class MediaRing {
 public:
  using Position = std::uint64_t;
  static constexpr std::size_t kSlotSize = 1316;  // what one SRT packet to a player carries
  static constexpr std::size_t kChunkSlots = 32;

  explicit MediaRing(const RingLimits& limits = {});

  // Takes a packet in. One that is larger than what players are sent becomes two. What went in,
  // valid until the next one does.
  ByteView push(ByteView payload, Time now);

  Position next() const { return next_; }  // of the packet that has not come yet
  Position oldest() const { return oldest_; }
  // Where a new player begins: at the tables before the last key frame when they are still here,
  // else at the next packet.
  Position start() const;
  // Precondition: oldest() <= position < next().
  ByteView at(Position position) const;

  // Moves a reader that has been lapped to where it can go on; how many packets it lost.
  std::uint64_t catch_up(Position& position) const;

  // The publisher has gone. New players no longer begin in what it sent.
  void end_of_media();
  // Another connection goes on with the stream that players are in the midst of.
  void splice(Time now) { splice_.begin(now); }
  // Gives the memory back. Readers keep their positions and have lost what was left.
  void drop_packets();
  Bytes memory() const;

 private:
  struct Slot {
    std::uint16_t size = 0;
    std::array<std::byte, kSlotSize> bytes;
  };
  struct Chunk {
    std::array<Slot, kChunkSlots> slots;
    Time newest{};  // when the last packet came into it
  };
  static constexpr Position kNone = ~Position{0};

  void push_part(ByteView payload, Time now);
  const Slot& slot_at(Position position) const;
  void make_room(Time now);
  bool may_recycle_front(Time now) const;

  RingLimits limits_;
  std::size_t most_chunks_;
  std::vector<std::unique_ptr<Chunk>> chunks_;  // in order of position, the first holds oldest_
  Position first_ = 0;                          // of the first slot of the first chunk
  Position oldest_ = 0, next_ = 0;
  TsSplice splice_;
  TsScan scan_;
  Position last_table_ = kNone;  // where the last PAT stands
  Position start_ = kNone;       // the place to begin before the last random access point
};

}  // namespace aegis::relay
