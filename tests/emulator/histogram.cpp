#include "emulator/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aegis::emulator {
namespace {

// Each power of two is cut into 2^kBits buckets; values below 2^kBits have one each.
constexpr unsigned kBits = 6;
constexpr std::uint64_t kSteps = 1u << kBits;

std::size_t bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  unsigned const shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
  return (shift + 1) * kSteps + ((value >> shift) - kSteps);
}

// The largest value that falls into the bucket.
std::uint64_t top_of(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  std::size_t const shift = bucket / kSteps - 1;
  return ((bucket % kSteps + kSteps + 1) << shift) - 1;
}

}  // namespace

void Histogram::add(Duration sample) {
  sample = std::max(sample, Duration::zero());
  std::size_t const bucket = bucket_of(static_cast<std::uint64_t>(sample.count()));
  if (buckets_.size() <= bucket) buckets_.resize(bucket + 1);
  ++buckets_[bucket];
  ++count_;
  max_ = std::max(max_, sample);
}

Duration Histogram::quantile(double share) const {
  if (count_ == 0) return {};
  auto const wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      return std::min(Duration(static_cast<Duration::rep>(top_of(i))), max_);
    }
  }
  return max_;
}

}  // namespace aegis::emulator
