#include "common/bond/sealed_frames.hpp"

#include <algorithm>
#include <cassert>

#include "common/bond/frames.hpp"

namespace aegis::bond {
namespace {

using Toward = SessionKeys::Toward;

constexpr std::size_t kTrailerAt = 2 + kGroupIdSize;

}  // namespace

Frame make_sealed_reg2(const GroupToken& id, const LinkClaim& claim, const SessionKeys& keys) {
  Frame frame(PacketType::kReg2, kSealedReg2Size);
  auto const out = frame.bytes();
  std::copy(id.begin(), id.end(), out.begin() + 2);
  out[kTrailerAt] = std::byte{claim.link};
  store_u64(out, kTrailerAt + 4, claim.counter);
  keys.seal(Toward::kRelay, out);
  return frame;
}

std::optional<LinkClaim> open_reg2(ByteView reg2, const SessionKeys& keys) {
  if (reg2.size() != kSealedReg2Size || !keys.opens(Toward::kRelay, reg2)) return std::nullopt;
  return LinkClaim{std::to_integer<std::uint8_t>(reg2[kTrailerAt]), load_u64(reg2, kTrailerAt + 4)};
}

Frame make_sealed_reg3(const LinkClaim& claim, const SessionKeys& keys) {
  Frame frame(PacketType::kReg3, kSealedReg3Size);
  auto const out = frame.bytes();
  out[2] = std::byte{claim.link};
  store_u64(out, 4, claim.counter);
  keys.seal(Toward::kRig, out);
  return frame;
}

std::optional<LinkClaim> open_reg3(ByteView reg3, const SessionKeys& keys) {
  if (reg3.size() != kSealedReg3Size || !keys.opens(Toward::kRig, reg3)) return std::nullopt;
  return LinkClaim{std::to_integer<std::uint8_t>(reg3[2]), load_u64(reg3, 4)};
}

Frame seal_keepalive(const Frame& keepalive, const SessionKeys& keys) {
  ByteView const bytes = keepalive;
  Frame frame(PacketType::kKeepalive, bytes.size() + kFrameTag);
  std::copy(bytes.begin(), bytes.end(), frame.bytes().begin());
  keys.seal(Toward::kRelay, frame.bytes());
  return frame;
}

ByteView seal_report(ByteView report, ByteSpan buffer, const SessionKeys& keys) {
  assert(report.data() == buffer.data() && report.size() + kFrameTag <= buffer.size());
  auto const frame = buffer.first(report.size() + kFrameTag);
  mark_report_sealed(frame);
  keys.seal(Toward::kRig, frame);
  return frame;
}

}  // namespace aegis::bond
