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

Publisher::Read Publisher::read(MediaRing& ring, Recorder::Track* record, Time now) {
  std::array<std::byte, os::kSrtMaxPayload> buffer;
  for (int i = 0; i < kPacketsPerTurn; ++i) {
    std::size_t size = 0;
    switch (socket_.receive(buffer, size)) {
      case os::SrtSocket::Io::kWouldBlock:
        return Read::kDrained;
      case os::SrtSocket::Io::kBroken:
        return Read::kGone;
      case os::SrtSocket::Io::kDone:
        break;
    }
    auto const pushed = ring.push(ByteView(buffer).first(size), now);
    if (record != nullptr) record->write(pushed, now);
    ++packets_;
    bytes_ += Bytes::of(size);
    last_media_ = now;
  }
  return Read::kMore;
}

void Publisher::tell(SessionFigures& figures) const {
  figures.connected = connected_;
  figures.rate = rate_.rate();
  if (auto stats = socket_.stats()) figures.srt = *stats;
}

}  // namespace aegis::relay
