#include "common/bond/link_meter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace aegis::bond {
namespace {

constexpr double kJitterGain = 1.0 / 16;  // RFC 3550's
constexpr Duration kLossSpan = 1s;
constexpr Duration kStale = 1s;
// A step so great is another connection's clock, or another numbering, and no delay.
constexpr std::int64_t kRestartUs = 10'000'000;
constexpr std::int32_t kRestartNumbers = 1 << 20;

}  // namespace

void LinkMeter::on_media(std::uint32_t timestamp_us, Time now) {
  sent_us_ += static_cast<std::int32_t>(timestamp_us - timestamp_us_);
  timestamp_us_ = timestamp_us;
  auto const transit = now.time_since_epoch().count() - sent_us_;
  auto const step = transit - transit_us_.value_or(transit);
  if (std::abs(step) > kRestartUs) {
    quickest_ = WindowMin(kQuickestSpan);
    jitter_us_ = 0;
    media_ = 0;
  } else {
    jitter_us_ += (static_cast<double>(std::abs(step)) - jitter_us_) * kJitterGain;
  }
  ++media_;
  transit_us_ = transit;
  last_media_ = now;
  quickest_.add(Duration(transit), now);
}

void LinkMeter::on_number(std::uint32_t number, Time now) {
  auto const ahead = static_cast<std::int32_t>(number - highest_);
  if (!numbered_ || std::abs(ahead) > kRestartNumbers || now - last_number_ > 2 * kLossSpan) {
    numbered_ = true;
    first_ = highest_ = number;
    received_ = 0;
    span_began_ = now;
    loss_.reset();
  } else if (now - span_began_ >= kLossSpan) {
    auto const expected = std::max(highest_ - first_ + 1, std::uint32_t{1});
    loss_ = std::max(0.0, 1.0 - static_cast<double>(received_) / expected);
    first_ = highest_ + 1;
    received_ = 0;
    span_began_ = now;
  }
  if (ahead > 0) highest_ = number;
  ++received_;
  last_number_ = now;
}

std::optional<Duration> LinkMeter::jitter() const {
  if (media_ < 2) return std::nullopt;
  return Duration(std::llround(jitter_us_));
}

std::optional<Duration> LinkMeter::queueing(Time now) const {
  if (media_ < 2 || now - last_media_ > kStale) return std::nullopt;
  return Duration(*transit_us_) - quickest_.get();
}

std::optional<double> LinkMeter::loss(Time now) const {
  return now - last_number_ > 2 * kLossSpan ? std::nullopt : loss_;
}

}  // namespace aegis::bond
