#include "relay/publisher.hpp"

#include <array>
#include <utility>

namespace aegis::relay {
namespace {

// About 5 ms of a very fast stream, so that one publisher cannot keep the others waiting.
constexpr int kPacketsPerTurn = 64;

}  // namespace

Publisher::Publisher(os::SrtSocket::Accepted accepted, Time now)
    : socket_(std::move(accepted.socket)), from_(accepted.from), connected_(now) {}

bool Publisher::read(MediaRing& ring, Recorder::Track* record, Time now) {
  std::array<std::byte, os::kSrtMaxPayload> buffer;
  for (int i = 0; i < kPacketsPerTurn; ++i) {
    std::size_t size = 0;
    auto const outcome = socket_.receive(buffer, size);
    if (outcome != os::SrtSocket::Io::kDone) return outcome == os::SrtSocket::Io::kWouldBlock;
    auto const pushed = ring.push(ByteView(buffer).first(size), now);
    if (record != nullptr) record->write(pushed, now);
    ++packets_;
    bytes_ += Bytes::of(size);
    last_media_ = now;
    if (!socket_.readable()) return true;
  }
  return true;
}

void Publisher::tell(SessionFigures& figures) const {
  figures.connected = connected_;
  figures.rate = rate_.rate();
  if (auto stats = socket_.stats()) figures.srt = *stats;
}

}  // namespace aegis::relay
