#include "agent/bit_rate_bounds.hpp"

#include <fmt/format.h>

namespace aegis::agent {
namespace {

constexpr BitRate kLeast = BitRate::kilobits(50), kMost = BitRate::megabits(500);

}  // namespace

Result<BitRateBounds> parse_bit_rate_bounds(std::string_view text) {
  auto const dots = text.find("..");
  auto const min = parse_bit_rate(text.substr(0, dots));
  if (!min) return min.error();
  auto const max = dots == std::string_view::npos ? min : parse_bit_rate(text.substr(dots + 2));
  if (!max) return max.error();
  auto const refuse = [&](std::string why) {
    return Error{ErrorKind::kUsage, fmt::format("bit rate '{}'", text), std::move(why),
                 "aegis stream --bitrate 1M..6M"};
  };
  if (*max < *min) return refuse("the first rate is above the second");
  if (*min < kLeast || *max > kMost)
    return refuse(fmt::format("not from {} to {}", to_string(kLeast), to_string(kMost)));
  return BitRateBounds{*min, *max};
}

}  // namespace aegis::agent
