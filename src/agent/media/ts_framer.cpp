#include "agent/media/ts_framer.hpp"

#include <algorithm>
#include <utility>

namespace aegis::agent::media {
namespace {

constexpr std::byte kSync{0x47};
constexpr std::size_t kConfirmations = 3;

// Whether every packet start that lies inside `data`, of the first `kConfirmations`, has the sync
// byte.
bool looks_framed(ByteView data) {
  for (std::size_t i = 0; i < kConfirmations && i * kTsPacket < data.size(); ++i) {
    if (data[i * kTsPacket] != kSync) return false;
  }
  return true;
}

}  // namespace

void TsFramer::push(ByteView data, Time now) {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  pending_.insert(pending_.end(), data.begin(), data.end());
  scan(now, false);
  on_timeout(now);
}

void TsFramer::scan(Time now, bool at_end) {
  // Enough to see the sync bytes of three packets, unless there is nothing more to come.
  std::size_t const proof = at_end ? kTsPacket : (kConfirmations - 1) * kTsPacket + 1;
  while (true) {
    ByteView const rest = ByteView(pending_).subspan(read_);
    if (locked_) {
      if (rest.size() < kTsPacket) return;
      if (rest[0] == kSync) {
        take(rest.first(kTsPacket), now);
        read_ += kTsPacket;
        continue;
      }
      locked_ = false;
    }
    auto const start = std::find(rest.begin(), rest.end(), kSync);
    skip(static_cast<std::size_t>(start - rest.begin()));
    ByteView const candidate = ByteView(pending_).subspan(read_);
    if (candidate.size() < proof) return;
    if (looks_framed(candidate)) {
      locked_ = true;
      if (std::exchange(ever_locked_, true)) ++figures_.resyncs;
    } else {
      skip(1);
    }
  }
}

void TsFramer::take(ByteView packet, Time now) {
  if (chunk_.size == 0) chunk_started_ = now;
  std::copy(packet.begin(), packet.end(), chunk_.data.begin() + chunk_.size);
  chunk_.size = static_cast<std::uint16_t>(chunk_.size + kTsPacket);
  ++figures_.packets;
  if (chunk_.size == kChunkSize) flush();
}

void TsFramer::flush() {
  if (chunk_.size == 0) return;
  emit_(chunk_);
  chunk_.size = 0;
}

void TsFramer::skip(std::size_t bytes) {
  read_ += bytes;
  figures_.garbage_bytes += bytes;
}

Time TsFramer::next_flush() const {
  return chunk_.size == 0 ? kNever : chunk_started_ + kMaxHold;
}

void TsFramer::on_timeout(Time now) {
  if (now >= next_flush()) flush();
}

void TsFramer::finish(Time now) {
  scan(now, true);
  skip(pending_.size() - read_);
  flush();
}

}  // namespace aegis::agent::media
