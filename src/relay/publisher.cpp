#include "relay/publisher.hpp"

#include <array>
#include <utility>

namespace aegis::relay {
namespace {

// About 5 ms of a very fast stream, so that one publisher cannot keep the others waiting.
constexpr int kPacketsPerTurn = 64;

}  // namespace

Publisher::Publisher(os::SrtSocket::Accepted accepted, Grant grant, session::SessionId session,
                     const Arrival& arrival, Time now)
    : socket_(std::move(accepted.socket)),
      from_(accepted.from),
      grant_(std::move(grant)),
      session_(session),
      arrival_(arrival),
      started_(now) {}

Publisher::Read Publisher::read(MediaRing& ring, Time now) {
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
    ring.push(ByteView(buffer).first(size), now);
    ++packets_;
    bytes_ += Bytes::of(size);
    last_media_ = now;
  }
  return Read::kMore;
}

SessionFigures Publisher::figures(session::State state) const {
  SessionFigures figures;
  figures.stream = grant_.stream;
  figures.state = state;
  figures.bonded = arrival_.bonded;
  figures.group = arrival_.group;
  figures.started = started_;
  figures.last_media = last_media_;
  figures.rate = rate_.rate();
  if (auto stats = socket_.stats()) figures.srt = *stats;
  return figures;
}

}  // namespace aegis::relay
