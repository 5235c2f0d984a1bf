// Finds the packets of an MPEG transport stream in a stream of bytes and groups them for SRT. The
// packets pass byte for byte and in order; only what is not a transport stream is left out.
// No libav, no clock: the caller says when.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "agent/media/chunk_queue.hpp"

namespace aegis::agent::media {

struct FramerFigures {
  std::uint64_t packets = 0;
  std::uint64_t garbage_bytes = 0;  // skipped while looking for packets
  std::uint64_t resyncs = 0;        // times the packets were lost and had to be found again
};

class TsFramer {
 public:
  // A chunk that is not full leaves when its first packet has waited this long.
  static constexpr Duration kMaxHold = 15ms;
  using Emit = std::function<void(const TsChunk&)>;

  explicit TsFramer(Emit emit) : emit_(std::move(emit)) {}

  void push(ByteView data, Time now);
  // To be called when next_flush() has come.
  void on_timeout(Time now);
  Time next_flush() const;  // kNever when nothing waits
  // The input has ended: emits whole packets that still wait; a cut-off one counts as garbage.
  void finish(Time now);

  // A packet's start is believed when the two after it start with the sync byte as well.
  bool locked() const { return locked_; }
  const FramerFigures& figures() const { return figures_; }

 private:
  void scan(Time now, bool at_end);
  void take(ByteView packet, Time now);
  void flush();
  void skip(std::size_t bytes);

  Emit emit_;
  std::vector<std::byte> pending_;  // not yet framed
  std::size_t read_ = 0;            // how much of it is done with
  TsChunk chunk_;
  Time chunk_started_{};
  bool locked_ = false, ever_locked_ = false;
  FramerFigures figures_;
};

}  // namespace aegis::agent::media
