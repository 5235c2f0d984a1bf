#include "agent/media/sound_queue.hpp"

#include <algorithm>
#include <cmath>

namespace aegis::agent::media {
namespace {

Duration length_of(std::size_t values) {
  return Duration(static_cast<std::int64_t>(values / SoundQueue::kChannels) * 1'000'000 /
                  SoundQueue::kRate);
}

std::size_t values_in(Duration span) {
  auto const samples = span.count() * SoundQueue::kRate / 1'000'000;
  return static_cast<std::size_t>(samples) * SoundQueue::kChannels;
}

// Plays `from` in the time of `to`, of nearly the same length.
void stretch(std::span<const float> from, std::span<float> to) {
  std::size_t const in = from.size() / 2, out = to.size() / 2;
  double const step = static_cast<double>(in - 1) / static_cast<double>(out - 1);
  for (std::size_t i = 0; i < out; ++i) {
    double const at = static_cast<double>(i) * step;
    auto const left = std::min(static_cast<std::size_t>(at), in - 2);
    auto const part = static_cast<float>(at - static_cast<double>(left));
    for (std::size_t channel = 0; channel < 2; ++channel) {
      float const a = from[2 * left + channel], b = from[2 * left + 2 + channel];
      to[2 * i + channel] = a + (b - a) * part;
    }
  }
}

}  // namespace

Duration SoundQueue::Block::next_stamp() const {
  return stamp + length_of(read);
}

void SoundQueue::push(std::span<const float> interleaved, Duration stamp) {
  if (interleaved.empty()) return;
  blocks_.push_back({stamp, {interleaved.begin(), interleaved.end()}});
}

Duration SoundQueue::length() const {
  if (blocks_.empty()) return {};
  auto const& last = blocks_.back();
  return last.stamp + length_of(last.samples.size()) - blocks_.front().next_stamp();
}

Duration SoundQueue::gap(const PlayoutClock& clock, Time at) const {
  return clock.due(blocks_.front().next_stamp()) - at;
}

// Of the first block.
void SoundQueue::drop(std::size_t values) {
  auto& front = blocks_.front();
  front.read += std::min(values, front.left());
  if (front.left() == 0) blocks_.pop_front();
}

void SoundQueue::drop_oldest() {
  if (!blocks_.empty()) blocks_.pop_front();
  flowing_ = false;
}

void SoundQueue::clear() {
  blocks_.clear();
  flowing_ = false;
}

void SoundQueue::skip(const PlayoutClock& clock, Time tick) {
  while (!blocks_.empty() && gap(clock, tick) < 0us) drop(values_in(-gap(clock, tick)) + kChannels);
  flowing_ = false;
}

// How many values to play in the time of `wanted`: one sample more or less where that brings the
// sound nearer to its place.
std::size_t SoundQueue::correction(const PlayoutClock& clock, Time tick, std::size_t wanted) const {
  if (!flowing_ || blocks_.empty() || wanted < 64) return wanted;
  Duration const off = gap(clock, tick);
  if (std::chrono::abs(off) > kJump || std::chrono::abs(off) <= kTolerance) return wanted;
  return off > 0us ? wanted - kChannels : wanted + kChannels;
}

std::size_t SoundQueue::take(const PlayoutClock& clock, Time tick, std::span<float> out) {
  std::size_t const values = correction(clock, tick, out.size());
  if (values == out.size()) return fill(clock, tick, out) / kChannels;
  scratch_.resize(values);
  std::size_t const there = fill(clock, tick, scratch_);
  stretch(scratch_, out);
  return std::min(there == values ? out.size() : there, out.size()) / kChannels;
}

std::size_t SoundQueue::fill(const PlayoutClock& clock, Time tick, std::span<float> out) {
  std::size_t done = 0, there = 0;
  while (done < out.size() && !blocks_.empty()) {
    Duration const off = gap(clock, tick + length_of(done));
    // Silence ends, and begins, at the sample; sound that flows is left to.
    Duration const jump = flowing_ ? kJump : Duration(21us);
    if (off < -jump) {
      drop(std::max<std::size_t>(values_in(-off), kChannels));
    } else if (off > jump) {
      std::size_t const silence = std::min(values_in(off), out.size() - done);
      std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(done), silence, 0.0f);
      done += silence;
      flowing_ = false;
    } else {
      auto const& front = blocks_.front();
      std::size_t const part = std::min(front.left(), out.size() - done);
      std::copy_n(front.samples.begin() + static_cast<std::ptrdiff_t>(front.read), part,
                  out.begin() + static_cast<std::ptrdiff_t>(done));
      done += part;
      there += part;
      flowing_ = true;
      drop(part);
    }
  }
  if (done < out.size()) {
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(done), out.end(), 0.0f);
    flowing_ = false;
  }
  return there;
}

}  // namespace aegis::agent::media
