// One-to-one address translation, as a dongle does it: the rig's address on this link and the
// address that the other side sees. Ports stay as they are.
#pragma once

#include <cstdint>

#include "common/base/bytes.hpp"

namespace aegis::emulator {

struct Nat {
  std::uint32_t inside = 0, outside = 0;  // IPv4, as numbers
};

// Rewrites source `inside` to `outside` in one IPv4 packet and repairs its checksums. What is not
// IPv4, or not from `inside`, is left alone.
void translate_outward(ByteSpan packet, const Nat& nat);
// The way back: destination `outside` to `inside`.
void translate_inward(ByteSpan packet, const Nat& nat);

}  // namespace aegis::emulator
