#include "relay/media_ring.hpp"

#include <algorithm>
#include <cassert>

namespace aegis::relay {

MediaRing::MediaRing(const RingLimits& limits)
    : limits_(limits),
      most_chunks_(std::max<std::size_t>(
          2, static_cast<std::size_t>(limits.most.count()) / sizeof(Chunk))) {}

ByteView MediaRing::push(ByteView payload, Time now) {
  payload = splice_.pass(payload, now);
  if (payload.empty()) return payload;
  auto const whole = payload;
  for (; payload.size() > kSlotSize; payload = payload.subspan(kSlotSize))
    push_part(payload.first(kSlotSize), now);
  push_part(payload, now);
  return whole;
}

void MediaRing::push_part(ByteView payload, Time now) {
  if (next_ == first_ + chunks_.size() * kChunkSlots) make_room(now);
  auto& chunk = *chunks_.back();
  auto& slot = chunk.slots[static_cast<std::size_t>(next_ - first_) % kChunkSlots];
  std::copy(payload.begin(), payload.end(), slot.bytes.begin());
  slot.size = static_cast<std::uint16_t>(payload.size());
  chunk.newest = now;
  auto const marks = scan_.scan(payload);
  if (marks.table) last_table_ = next_;
  if (marks.random_access)
    start_ = last_table_ != kNone && last_table_ >= oldest_ ? last_table_ : next_;
  ++next_;
}

MediaRing::Position MediaRing::start() const {
  return start_ != kNone && start_ >= oldest_ ? start_ : next_;
}

ByteView MediaRing::at(Position position) const {
  assert(position >= oldest_ && position < next_);
  auto const& slot = slot_at(position);
  return ByteView(slot.bytes).first(slot.size);
}

std::uint64_t MediaRing::catch_up(Position& position) const {
  if (position >= oldest_) return 0;
  auto const resume = std::max(oldest_, start());
  auto const lost = resume - position;
  position = resume;
  return lost;
}

void MediaRing::end_of_media() {
  scan_.reset();
  last_table_ = kNone;
  start_ = kNone;
}

void MediaRing::drop_packets() {
  chunks_.clear();
  first_ = oldest_ = next_;
}

Bytes MediaRing::memory() const {
  return Bytes::of(chunks_.size() * sizeof(Chunk));
}

const MediaRing::Slot& MediaRing::slot_at(Position position) const {
  auto const index = static_cast<std::size_t>(position - first_);
  return chunks_[index / kChunkSlots]->slots[index % kChunkSlots];
}

// All chunks are full: take the oldest one's memory, or get some more.
void MediaRing::make_room(Time now) {
  if (!may_recycle_front(now)) {
    chunks_.push_back(std::make_unique<Chunk>());
    return;
  }
  std::rotate(chunks_.begin(), chunks_.begin() + 1, chunks_.end());
  first_ += kChunkSlots;
  oldest_ = std::max(oldest_, first_);
}

bool MediaRing::may_recycle_front(Time now) const {
  if (chunks_.empty()) return false;
  if (chunks_.size() >= most_chunks_) return true;
  bool const holds_start = start_ != kNone && start_ < first_ + kChunkSlots && start_ >= oldest_;
  return !holds_start && now - chunks_.front()->newest > limits_.keep;
}

}  // namespace aegis::relay
