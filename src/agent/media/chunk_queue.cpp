#include "agent/media/chunk_queue.hpp"

namespace aegis::agent::media {

void ChunkQueue::push(const TsChunk& chunk, Time now) {
  std::lock_guard const lock(mutex_);
  ++figures_.chunks_in;
  figures_.bytes_in += chunk.size;
  figures_.last_in = now;
  if (mode_ == Mode::kAwaitingRandomAccess && chunk.random_access) mode_ = Mode::kOpen;
  if (closed_ || mode_ != Mode::kOpen) {
    ++figures_.discarded;
    return;
  }
  while (figures_.queued_bytes + chunk.size > limits_.max_bytes && !entries_.empty()) {
    drop_front();
    ++figures_.dropped_full;
  }
  bool const was_empty = entries_.empty();
  entries_.push_back({now, chunk});
  figures_.queued_bytes += chunk.size;
  if (was_empty) ready_.notify_all();
}

void ChunkQueue::wait_ready(Duration timeout) {
  std::unique_lock lock(mutex_);
  ready_.wait_for(lock, timeout, [this] { return closed_ || !entries_.empty(); });
}

std::optional<TsChunk> ChunkQueue::pop(Time now) {
  std::lock_guard const lock(mutex_);
  while (!entries_.empty() && entries_.front().queued_at + limits_.max_age < now) {
    drop_front();
    ++figures_.dropped_stale;
  }
  if (entries_.empty()) return std::nullopt;
  TsChunk const chunk = entries_.front().chunk;
  drop_front();
  return chunk;
}

void ChunkQueue::drop_front() {
  figures_.queued_bytes -= entries_.front().chunk.size;
  entries_.pop_front();
  if (has_room()) room_.notify_all();
}

void ChunkQueue::pause() {
  std::lock_guard const lock(mutex_);
  mode_ = Mode::kPaused;
  figures_.discarded += entries_.size();
  entries_.clear();
  figures_.queued_bytes = 0;
  room_.notify_all();
}

void ChunkQueue::restart(bool at_random_access) {
  std::lock_guard const lock(mutex_);
  mode_ = at_random_access ? Mode::kAwaitingRandomAccess : Mode::kOpen;
  figures_.discarded += entries_.size();
  entries_.clear();
  figures_.queued_bytes = 0;
  ever_wanted_ = true;
  wanted_.notify_all();
}

void ChunkQueue::close() {
  std::lock_guard const lock(mutex_);
  closed_ = true;
  ready_.notify_all();
  room_.notify_all();
}

bool ChunkQueue::closed() const {
  std::lock_guard const lock(mutex_);
  return closed_;
}

bool ChunkQueue::drained() const {
  std::lock_guard const lock(mutex_);
  return closed_ && entries_.empty();
}

bool ChunkQueue::wait_until_wanted(Duration timeout) {
  std::unique_lock lock(mutex_);
  return wanted_.wait_for(lock, timeout, [this] { return ever_wanted_; });
}

bool ChunkQueue::has_room() const {
  return figures_.queued_bytes < limits_.max_bytes / 2;
}

bool ChunkQueue::wait_for_room(Duration timeout) {
  std::unique_lock lock(mutex_);
  return room_.wait_for(lock, timeout,
                        [this] { return closed_ || mode_ == Mode::kPaused || has_room(); });
}

ChunkQueueFigures ChunkQueue::figures() const {
  std::lock_guard const lock(mutex_);
  return figures_;
}

}  // namespace aegis::agent::media
