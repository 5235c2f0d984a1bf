// What the bond can deliver in time: a bit rate that holds with 95 % confidence over the latency to
// come, and how far the bond is behind.
//
// Method: the capacity of now is the sum of the links' delivery rates. How far the capacity of the
// next latency stays behind such a figure is learnt from the past minute: each moment's mean over
// the latency that followed it, divided by what it had been at that moment, gives a ratio; the
// figure of now times a low quantile of those ratios is the forecast. Which quantile that must be
// is adjusted by how often the forecasts were too high (adaptive conformal inference, Gibbs and
// Candes, NeurIPS 2021), so that the confidence holds whatever the links' statistics are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::bond {

// The ratios of the last minute, by their logarithm: adding and the quantile cost the same however
// many there are.
class RatioWindow {
 public:
  static constexpr std::size_t kCapacity = 1200;
  void add(double ratio);
  // The ratio below which this share of the window lies; 1 while the window is empty.
  double quantile(double share) const;
  std::size_t size() const { return size_; }

 private:
  // From 2^-8 to 2^4, eight bins an octave.
  static constexpr int kBinsPerOctave = 8, kOctavesBelow = 8, kBins = 12 * kBinsPerOctave;
  static std::size_t bin_of(double ratio);
  std::array<std::uint8_t, kCapacity> ring_{};
  std::array<std::uint16_t, kBins> counts_{};
  std::size_t size_ = 0, next_ = 0;
};

class Forecast {
 public:
  static constexpr Duration kInterval = 50ms;  // between two calls of update()
  static constexpr double kConfidence = 0.95;
  static constexpr Duration kLongestHorizon = 8s;

  // `capacity`: the sum of the links' delivery rates. `horizon`: the latency; one that changed
  // begins the learning anew. To be called each kInterval; at another pace it learns the same from
  // other spans.
  void update(BitRate capacity, Duration horizon);

  // What can be delivered within the latency. Zero while no link can carry anything.
  BitRate deliverable() const { return deliverable_; }
  // Share of the forecasts so far that were too high, those of the first horizon left out.
  double missed_share() const;

 private:
  // Delivery rates follow the links by as much (LinkEstimator's memory), so what a forecast is
  // judged by comes as much later.
  static constexpr std::size_t kLagSlots = 3;
  static constexpr std::size_t kSlots = kLongestHorizon / kInterval + kLagSlots;
  // Until some seconds of outcomes have been seen the links are trusted this far.
  static constexpr double kFirstRatio = 0.7;
  static constexpr std::size_t kEnoughRatios = 100;
  static constexpr double kStep = 0.002;  // of the quantile, for each forecast that can be judged
  static constexpr double kLeastShare = 0.002, kMostShare = 0.15;

  struct Past {
    double capacity = 0, forecast = 0;  // bits a second
  };
  void judge(const Past& past, double realized);

  std::array<Past, kSlots> ring_{};
  std::size_t slots_ = 0;              // the horizon
  std::size_t next_ = 0, filled_ = 0;  // of the ring, which is as much longer as the lag
  double sum_ = 0;                     // of the capacities of the last horizon
  RatioWindow ratios_;
  double share_ = 1 - kConfidence;  // the quantile in use
  BitRate deliverable_;
  std::uint64_t judged_ = 0, missed_ = 0;
};

}  // namespace aegis::bond
