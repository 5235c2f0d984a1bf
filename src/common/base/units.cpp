#include "common/base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

namespace aegis {
namespace {

struct Unit {
  std::string_view suffix;
  double factor;
};

// A number directly followed by one of the units, times its factor.
template <std::size_t N>
Result<double> parse_with_unit(std::string_view text, const std::array<Unit, N>& units,
                               std::string_view what, std::string_view example) {
  auto const refuse = [&](std::string why) {
    return Error{ErrorKind::kUsage, fmt::format("{} '{}'", what, text), std::move(why),
                 fmt::format("write a number with its unit, such as {}", example)};
  };
  double number = 0;
  auto const [rest, code] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc() || !std::isfinite(number)) return refuse("not a number");
  if (number < 0) return refuse("negative");
  std::string_view const suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (suffix.empty()) return refuse("the unit is missing");
  for (auto const& unit : units) {
    if (suffix != unit.suffix) continue;
    double const value = number * unit.factor;
    if (value > 9e15) return refuse("too large");
    return value;
  }
  return refuse(fmt::format("unknown unit '{}'", suffix));
}

}  // namespace

Result<BitRate> parse_bit_rate(std::string_view text) {
  static constexpr std::array<Unit, 8> kUnits{{{"bps", 1},
                                               {"k", 1e3},
                                               {"K", 1e3},
                                               {"M", 1e6},
                                               {"G", 1e9},
                                               {"kbps", 1e3},
                                               {"Mbps", 1e6},
                                               {"Gbps", 1e9}}};
  auto const value = parse_with_unit(text, kUnits, "bit rate", "6M or 800k");
  if (!value) return value.error();
  return BitRate(std::llround(*value));
}

Result<Duration> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 6> kUnits{
      {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86400e6}}};
  auto const value = parse_with_unit(text, kUnits, "duration", "800ms or 2s");
  if (!value) return value.error();
  return Duration(std::llround(*value));
}

Result<Bytes> parse_bytes(std::string_view text) {
  static constexpr std::array<Unit, 7> kUnits{
      {{"B", 1}, {"k", 1e3}, {"kB", 1e3}, {"M", 1e6}, {"MB", 1e6}, {"G", 1e9}, {"GB", 1e9}}};
  auto const value = parse_with_unit(text, kUnits, "size", "500M or 2G");
  if (!value) return value.error();
  return Bytes(std::llround(*value));
}

std::string to_string(BitRate rate) {
  auto const bps = static_cast<double>(rate.bits_per_second());
  if (bps >= 1e6) return fmt::format("{:.2f} Mbit/s", bps * 1e-6);
  if (bps >= 1e3) return fmt::format("{:.0f} kbit/s", bps * 1e-3);
  return fmt::format("{} bit/s", rate.bits_per_second());
}

std::string to_string(Duration duration) {
  auto const us = static_cast<double>(duration.count());
  if (std::abs(us) < 1e3) return fmt::format("{} us", duration.count());
  if (std::abs(us) < 1e6) return fmt::format("{:g} ms", std::round(us * 1e-2) * 0.1);
  if (std::abs(us) < 120e6) return fmt::format("{:g} s", std::round(us * 1e-5) * 0.1);
  auto const minutes = static_cast<std::int64_t>(us / 60e6);
  if (minutes < 120) return fmt::format("{} min", minutes);
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string to_string(Bytes amount) {
  auto const count = static_cast<double>(amount.count());
  if (std::abs(count) >= 1e9) return fmt::format("{:.2f} GB", count * 1e-9);
  if (std::abs(count) >= 1e6) return fmt::format("{:.2f} MB", count * 1e-6);
  if (std::abs(count) >= 1e3) return fmt::format("{:.1f} kB", count * 1e-3);
  return fmt::format("{} B", amount.count());
}

}  // namespace aegis
