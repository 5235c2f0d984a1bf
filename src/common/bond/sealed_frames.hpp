// The control frames of a group whose two ends have proved themselves: SRTLA's own with a tag, and
// arrival reports.
#pragma once

#include <cstdint>
#include <optional>

#include "common/bond/proof.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// Which link registers, and for the how-manieth time: REG3 repeats it.
struct LinkClaim {
  std::uint8_t link = 0;
  std::uint64_t counter = 0;
};

// REG2: the group id, then link 1, reserved 3, counter 8, tag 16.
inline constexpr std::size_t kSealedReg2Size = 2 + kGroupIdSize + 12 + kFrameTag;
Frame make_sealed_reg2(const GroupToken& id, const LinkClaim& claim, const SessionKeys& keys);
// Nothing when the tag is not of these keys.
std::optional<LinkClaim> open_reg2(ByteView reg2, const SessionKeys& keys);

// REG3: type 2, link 1, reserved 1, counter 8, reserved 4, tag 16.
inline constexpr std::size_t kSealedReg3Size = 16 + kFrameTag;
Frame make_sealed_reg3(const LinkClaim& claim, const SessionKeys& keys);
std::optional<LinkClaim> open_reg3(ByteView reg3, const SessionKeys& keys);

// A keepalive with the rig's tag behind it: the relay's echo must carry it back.
Frame seal_keepalive(const Frame& keepalive, const SessionKeys& keys);

// Of a report that write_report() wrote into `buffer`: the whole, with its tag.
ByteView seal_report(ByteView report, ByteSpan buffer, const SessionKeys& keys);

}  // namespace aegis::bond
