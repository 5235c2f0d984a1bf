#include "common/bond/arrival_log.hpp"

namespace aegis::bond {
namespace {

std::uint32_t to_clock(Time now) {
  return static_cast<std::uint32_t>(now.time_since_epoch().count());
}

}  // namespace

bool ArrivalLog::on_arrival(const LinkFrame& frame, std::size_t frame_bytes, Time now) {
  auto const ahead = static_cast<std::int32_t>(frame.number - arrivals_.highest);
  if (!started_ || ahead > kRestart || ahead < -kRestart) {
    restart(frame, now);
  } else if (ahead > 0) {
    advance(frame.number);
    arrivals_.highest_arrived_us = to_clock(now);
  } else {
    auto const known = arrivals_.has(frame.number);
    if (known.value_or(true)) return false;
    auto const bit = static_cast<std::uint32_t>(-ahead) - 1;
    arrivals_.before[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  ++arrivals_.packets;
  arrivals_.bytes += static_cast<std::uint32_t>(frame_bytes);
  news_ = true;
  return true;
}

void ArrivalLog::restart(const LinkFrame& frame, Time now) {
  arrivals_ = {.link = frame.link, .highest = frame.number, .highest_arrived_us = to_clock(now)};
  started_ = true;
}

// Shifts the 128 bits so that bit 0 stands for the number before `to`.
void ArrivalLog::advance(std::uint32_t to) {
  std::uint32_t const step = to - arrivals_.highest;
  auto& [low, high] = arrivals_.before;
  if (step > LinkArrivals::kRemembered) {
    low = high = 0;
  } else {
    // The old highest itself becomes bit step-1.
    for (std::uint32_t left = step; left > 0;) {
      std::uint32_t const shift = std::min(left, 63u);
      high = (high << shift) | (low >> (64 - shift));
      low <<= shift;
      left -= shift;
    }
    std::uint32_t const bit = step - 1;
    arrivals_.before[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  arrivals_.highest = to;
}

}  // namespace aegis::bond
