// Sequence numbers that wait their turn.
#pragma once

#include <array>
#include <cassert>
#include <memory>

#include "common/base/seq.hpp"

namespace aegis::bond {

// A bounded first-in-first-out queue.
class SeqQueue {
 public:
  static constexpr std::size_t kCapacity = 8192;

  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kCapacity; }
  std::size_t size() const { return size_; }
  void push(SeqNo seq) {
    assert(!full());
    seqs_[(head_ + size_++) % kCapacity] = seq;
  }
  SeqNo front() const { return assert(!empty()), seqs_[head_]; }
  void pop() {
    assert(!empty());
    head_ = (head_ + 1) % kCapacity;
    --size_;
  }
  void clear() { size_ = 0; }

 private:
  std::unique_ptr<SeqNo[]> seqs_ = std::make_unique<SeqNo[]>(kCapacity);
  std::size_t head_ = 0, size_ = 0;
};

}  // namespace aegis::bond
