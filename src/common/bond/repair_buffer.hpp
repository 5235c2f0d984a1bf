// Data packets that may have to be sent again, for as long as they are of use to the relay.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/seq.hpp"
#include "common/base/time.hpp"
#include "common/bond/packet_pool.hpp"

namespace aegis::bond {

// A ring of packets with consecutive sequence numbers, oldest first.
class RepairBuffer {
 public:
  static constexpr std::size_t kCapacity = 16384;  // packets: 2 s at 80 Mbit/s

  struct Entry {
    Time first_sent{};
    PacketPool::Handle packet = 0;
    std::uint8_t repairs = 0;
    bool queued = false;  // waits to be sent again
  };

  RepairBuffer() : entries_(std::make_unique<Entry[]>(kCapacity)) {}

  // Packets come in order; one that does not continue the run begins a new one.
  void add(SeqNo seq, ByteView packet, Time now);
  Entry* find(SeqNo seq);
  ByteView packet(const Entry& entry) { return pool_.view(entry.packet); }
  // SRT has everything before it.
  void forget_before(SeqNo next_expected);
  // Of no use to anybody any more.
  void forget_older_than(Time limit);
  void clear();
  std::size_t size() const { return size_; }

 private:
  Entry& entry(std::size_t i) { return entries_[(head_ + i) % kCapacity]; }
  void pop();

  PacketPool pool_{kCapacity};
  std::unique_ptr<Entry[]> entries_;
  std::size_t head_ = 0, size_ = 0;
  SeqNo first_;
};

}  // namespace aegis::bond
