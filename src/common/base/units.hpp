// Amounts that carry their unit: Bytes and BitRate, and the arithmetic between them and Duration.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis {

// A count of bytes. Signed, so that differences need no care.
class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::int64_t count) : count_(count) {}
  static constexpr Bytes of(std::size_t size) { return Bytes(static_cast<std::int64_t>(size)); }

  constexpr std::int64_t count() const { return count_; }
  constexpr Bytes& operator+=(Bytes other) { return count_ += other.count_, *this; }
  constexpr Bytes& operator-=(Bytes other) { return count_ -= other.count_, *this; }
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.count_ + b.count_); }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.count_ - b.count_); }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;

 private:
  std::int64_t count_ = 0;
};

// A rate in bits per second.
class BitRate {
 public:
  constexpr BitRate() = default;
  constexpr explicit BitRate(std::int64_t bits_per_second) : bps_(bits_per_second) {}
  static constexpr BitRate kilobits(std::int64_t k) { return BitRate(k * 1000); }
  static constexpr BitRate megabits(double m) {
    return BitRate(static_cast<std::int64_t>(m * 1e6));
  }
  // The rate that moves `amount` in `span`; zero when span is not positive.
  static constexpr BitRate from(Bytes amount, Duration span) {
    return span.count() <= 0
               ? BitRate()
               : BitRate(static_cast<std::int64_t>(static_cast<double>(amount.count()) * 8e6 /
                                                   static_cast<double>(span.count())));
  }

  constexpr std::int64_t bits_per_second() const { return bps_; }
  constexpr double megabits_per_second() const { return static_cast<double>(bps_) * 1e-6; }
  constexpr BitRate scaled(double factor) const {
    return BitRate(static_cast<std::int64_t>(static_cast<double>(bps_) * factor));
  }
  friend constexpr BitRate operator+(BitRate a, BitRate b) { return BitRate(a.bps_ + b.bps_); }
  friend constexpr BitRate operator-(BitRate a, BitRate b) { return BitRate(a.bps_ - b.bps_); }
  friend constexpr auto operator<=>(BitRate, BitRate) = default;

 private:
  std::int64_t bps_ = 0;
};

// What `rate` moves in `span`.
constexpr Bytes operator*(BitRate rate, Duration span) {
  return Bytes(static_cast<std::int64_t>(static_cast<double>(rate.bits_per_second()) *
                                         static_cast<double>(span.count()) / 8e6));
}

// How long `amount` takes at `rate`; Duration::max() when the rate is not positive.
constexpr Duration operator/(Bytes amount, BitRate rate) {
  if (rate.bits_per_second() <= 0) return Duration::max();
  return Duration(static_cast<std::int64_t>(static_cast<double>(amount.count()) * 8e6 /
                                            static_cast<double>(rate.bits_per_second())));
}

// Text with a unit: "6M", "300k", "2.5M", "800000bps". A bare number is refused.
Result<BitRate> parse_bit_rate(std::string_view text);
// "800ms", "2s", "1.5s", "12h", "250us", "10m" (minutes). A bare number is refused.
Result<Duration> parse_duration(std::string_view text);
// "500M", "2G", "64k", "188B": decimal multiples. A bare number is refused.
Result<Bytes> parse_bytes(std::string_view text);

std::string to_string(BitRate rate);       // "6.00 Mbit/s"
std::string to_string(Duration duration);  // "800 ms", "2.5 s"
std::string to_string(Bytes amount);       // "1.25 MB"

}  // namespace aegis
