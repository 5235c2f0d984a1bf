// What the user allows the encoded video, and how that is written.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "common/base/units.hpp"

namespace aegis::agent {

// It follows the bond between the two.
struct BitRateBounds {
  BitRate min, max;
  friend bool operator==(const BitRateBounds&, const BitRateBounds&) = default;
};

// RATE, or MIN..MAX. Errors: kUsage.
Result<BitRateBounds> parse_bit_rate_bounds(std::string_view text);

}  // namespace aegis::agent
