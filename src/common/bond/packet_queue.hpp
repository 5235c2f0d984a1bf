// Packets that wait in the bond because no link can take them in time, oldest first.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <memory>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace aegis::bond {

// A bounded ring of datagrams. Memory is reserved once and touched only as far as it was ever used.
class PacketQueue {
 public:
  explicit PacketQueue(std::size_t capacity)
      : slots_(std::make_unique_for_overwrite<Slot[]>(capacity)), capacity_(capacity) {}

  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == capacity_; }
  std::size_t size() const { return size_; }

  // Precondition: not full, datagram within kMaxDatagram.
  void push(ByteView datagram, Time now) {
    assert(!full() && datagram.size() <= kMaxDatagram);
    Slot& slot = slots_[(head_ + size_++) % capacity_];
    slot.queued_us = now.time_since_epoch().count();
    slot.size = static_cast<std::uint16_t>(datagram.size());
    std::copy(datagram.begin(), datagram.end(), slot.data.begin());
  }
  // Preconditions of the rest: not empty.
  ByteView front() const { return ByteView(head().data).first(head().size); }
  Time front_queued() const { return Time(Duration(head().queued_us)); }
  void pop() {
    assert(!empty());
    head_ = (head_ + 1) % capacity_;
    if (--size_ == 0) clear();
  }
  // From the start again: memory is touched as far as the longest queue, not all around the ring.
  void clear() { head_ = size_ = 0; }

 private:
  struct Slot {
    Time::rep queued_us;  // a plain number: a slot that was never used is never touched
    std::uint16_t size;
    std::array<std::byte, kMaxDatagram> data;
  };
  const Slot& head() const { return assert(!empty()), slots_[head_]; }

  std::unique_ptr<Slot[]> slots_;
  std::size_t capacity_;
  std::size_t head_ = 0, size_ = 0;
};

}  // namespace aegis::bond
