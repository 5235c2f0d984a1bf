// Sound of one input that waits to be due: interleaved stereo at 48 kHz, in blocks with timestamps.
// Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "agent/media/playout_clock.hpp"

namespace aegis::agent::media {

class SoundQueue {
 public:
  static constexpr int kRate = 48000, kChannels = 2;
  // Further than this from where it belongs sound is moved at once; less is made up for by playing
  // a little faster or slower, which nobody hears.
  static constexpr Duration kJump = 60ms, kTolerance = 10ms;

  void push(std::span<const float> interleaved, Duration stamp);
  // Fills `out` with what is due from `tick` on, and silence where there is none; how many samples
  // (of both channels) are real.
  std::size_t take(const PlayoutClock& clock, Time tick, std::span<float> out);
  // What is due before `tick` is not wanted.
  void skip(const PlayoutClock& clock, Time tick);
  void drop_oldest();
  void clear();

  bool empty() const { return blocks_.empty(); }
  Duration length() const;  // from the first waiting sample to the last

 private:
  struct Block {
    Duration stamp;
    std::vector<float> samples;
    std::size_t read = 0;  // values
    Duration next_stamp() const;
    std::size_t left() const { return samples.size() - read; }
  };
  // How much later than `at` the first waiting sample is due.
  Duration gap(const PlayoutClock& clock, Time at) const;
  void drop(std::size_t values);
  std::size_t fill(const PlayoutClock& clock, Time tick, std::span<float> out);
  std::size_t correction(const PlayoutClock& clock, Time tick, std::size_t wanted) const;

  std::deque<Block> blocks_;
  std::vector<float> scratch_;
  bool flowing_ = false;  // the last sample that was taken is followed by the first that waits
};

}  // namespace aegis::agent::media
