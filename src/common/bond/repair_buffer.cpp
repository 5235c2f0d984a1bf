#include "common/bond/repair_buffer.hpp"

namespace aegis::bond {

void RepairBuffer::add(SeqNo seq, ByteView packet, Time now) {
  if (size_ > 0 && distance(first_, seq) != static_cast<std::int32_t>(size_)) clear();
  if (size_ == kCapacity) pop();
  auto const stored = pool_.store(packet);
  if (!stored) return;
  if (size_ == 0) first_ = seq;
  entry(size_++) = Entry{.first_sent = now, .packet = *stored};
}

RepairBuffer::Entry* RepairBuffer::find(SeqNo seq) {
  std::int32_t const at = distance(first_, seq);
  if (at < 0 || at >= static_cast<std::int32_t>(size_)) return nullptr;
  return &entry(static_cast<std::size_t>(at));
}

void RepairBuffer::forget_before(SeqNo next_expected) {
  while (size_ > 0 && is_before(first_, next_expected)) pop();
}

void RepairBuffer::forget_older_than(Time limit) {
  while (size_ > 0 && entry(0).first_sent < limit) pop();
}

void RepairBuffer::clear() {
  while (size_ > 0) pop();
}

void RepairBuffer::pop() {
  pool_.release(entry(0).packet);
  head_ = (head_ + 1) % kCapacity;
  --size_;
  first_ = first_.next();
}

}  // namespace aegis::bond
