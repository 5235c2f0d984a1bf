#include "common/bond/forecast.hpp"

#include <algorithm>
#include <cmath>

namespace aegis::bond {

std::size_t RatioWindow::bin_of(double ratio) {
  double const octaves = std::log2(std::max(ratio, 1e-6)) + kOctavesBelow;
  return static_cast<std::size_t>(
      std::clamp(static_cast<int>(std::floor(octaves * kBinsPerOctave)), 0, kBins - 1));
}

void RatioWindow::add(double ratio) {
  if (size_ == kCapacity) {
    --counts_[ring_[next_]];
  } else {
    ++size_;
  }
  auto const bin = bin_of(ratio);
  ring_[next_] = static_cast<std::uint8_t>(bin);
  ++counts_[bin];
  next_ = (next_ + 1) % kCapacity;
}

double RatioWindow::quantile(double share) const {
  if (size_ == 0) return 1;
  double left = share * static_cast<double>(size_);
  std::size_t bin = 0;
  for (; bin + 1 < counts_.size() && left >= counts_[bin]; ++bin) left -= counts_[bin];
  // Its lower edge: the careful one.
  return std::exp2(static_cast<double>(bin) / kBinsPerOctave - kOctavesBelow);
}

void Forecast::update(BitRate capacity, Duration horizon) {
  auto const slots = static_cast<std::size_t>(
      std::clamp<Duration>(horizon, kInterval, kLongestHorizon) / kInterval);
  if (slots != slots_) *this = Forecast();
  slots_ = slots;
  auto const bits = static_cast<double>(capacity.bits_per_second());
  std::size_t const size = slots_ + kLagSlots;
  sum_ += bits;
  if (filled_ >= slots_) sum_ -= ring_[(next_ + kLagSlots) % size].capacity;
  if (filled_ == size) {
    judge(ring_[next_], sum_ / static_cast<double>(slots_));
  } else {
    ++filled_;
  }
  bool const knows = ratios_.size() >= kEnoughRatios;
  double const ratio = knows ? std::min(1.0, ratios_.quantile(share_)) : kFirstRatio;
  ring_[next_] = {bits, bits * ratio};
  next_ = (next_ + 1) % size;
  deliverable_ = BitRate(static_cast<std::int64_t>(bits * ratio));
}

void Forecast::judge(const Past& past, double realized) {
  if (past.capacity <= 0) return;  // nothing was forecast
  ratios_.add(realized / past.capacity);
  bool const too_high = past.forecast > realized;
  ++judged_;
  missed_ += too_high ? 1 : 0;
  share_ += kStep * ((1 - kConfidence) - (too_high ? 1 : 0));
  share_ = std::clamp(share_, kLeastShare, kMostShare);
}

double Forecast::missed_share() const {
  return judged_ == 0 ? 0 : static_cast<double>(missed_) / static_cast<double>(judged_);
}

}  // namespace aegis::bond
