// Datagrams that must outlive the call they came in, in fixed slots that are used again.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/bytes.hpp"

namespace aegis::bond {

// Grows by blocks up to its limit and never shrinks: what a busy hour needed, the next will too.
class PacketPool {
 public:
  using Handle = std::uint32_t;

  explicit PacketPool(std::size_t limit) : limit_(limit) {}

  // A copy of the datagram; nothing when the limit is reached. Precondition: within kMaxDatagram.
  std::optional<Handle> store(ByteView datagram) {
    assert(datagram.size() <= kMaxDatagram);
    if (free_.empty() && !grow()) return std::nullopt;
    Handle const handle = free_.back();
    free_.pop_back();
    Slot& slot = slot_of(handle);
    slot.size = static_cast<std::uint16_t>(datagram.size());
    std::copy(datagram.begin(), datagram.end(), slot.data.begin());
    return handle;
  }
  ByteView view(Handle handle) {
    return ByteView(slot_of(handle).data).first(slot_of(handle).size);
  }
  void release(Handle handle) { free_.push_back(handle); }
  std::size_t used() const { return blocks_.size() * kBlock - free_.size(); }

 private:
  static constexpr std::size_t kBlock = 64;
  struct Slot {
    std::uint16_t size;
    std::array<std::byte, kMaxDatagram> data;
  };

  Slot& slot_of(Handle handle) { return blocks_[handle / kBlock][handle % kBlock]; }
  bool grow() {
    if ((blocks_.size() + 1) * kBlock > limit_) return false;
    auto const first = static_cast<Handle>(blocks_.size() * kBlock);
    blocks_.push_back(std::make_unique_for_overwrite<Slot[]>(kBlock));
    free_.reserve(blocks_.size() * kBlock);
    for (Handle i = 0; i < kBlock; ++i) free_.push_back(first + i);
    return true;
  }

  std::size_t limit_;
  std::vector<std::unique_ptr<Slot[]>> blocks_;
  std::vector<Handle> free_;
};

}  // namespace aegis::bond
