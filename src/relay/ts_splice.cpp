#include "relay/ts_splice.hpp"

#include <algorithm>

namespace aegis::relay {
namespace {

constexpr auto kSync = std::byte{0x47};
constexpr std::size_t kNullPid = 0x1fff;
// Tables and elementary streams all show up sooner, by the rules for their intervals.
constexpr Duration kAllJoined = 3s;

unsigned byte_at(ByteView packet, std::size_t at) {
  return std::to_integer<unsigned>(packet[at]);
}
std::size_t pid_of(ByteView packet) {
  return load_u16(packet, 1) & kNullPid;
}
bool starts_unit(ByteView packet) {
  return (byte_at(packet, 1) & 0x40) != 0;
}
bool has_payload(ByteView packet) {
  return (byte_at(packet, 3) & 0x10) != 0;
}

}  // namespace

void TsSplice::begin(Time now) {
  joined_.reset();
  joined_.set(kNullPid);
  until_ = now + kAllJoined;
}

ByteView TsSplice::pass(ByteView payload, Time now) {
  auto const count = payload.size() / kTsPacket;
  if (payload.size() % kTsPacket != 0 || count > kMostPackets) return payload;
  for (std::size_t i = 0; i < count; ++i)
    if (payload[i * kTsPacket] != kSync) return payload;
  bool const joining = now < until_;
  size_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto const packet = payload.subspan(i * kTsPacket, kTsPacket);
    if (starts_unit(packet)) has_units_.set(pid_of(packet));
    if (joining) pass_packet(packet);
  }
  return joining ? ByteView(out_).first(size_) : payload;
}

void TsSplice::pass_packet(ByteView packet) {
  auto const pid = pid_of(packet);
  if (!joined_.test(pid)) {
    bool const payload = has_payload(packet);
    if (payload && has_units_.test(pid) && !starts_unit(packet)) return;
    joined_.set(pid);
    // Only a payload counts on.
    announce(pid, (byte_at(packet, 3) - (payload ? 1u : 0u)) & 0xf);
  }
  std::copy(packet.begin(), packet.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += kTsPacket;
}

// A packet that is all adaptation field: its length, the indicator, stuffing.
void TsSplice::announce(std::size_t pid, unsigned counter) {
  auto const packet = ByteSpan(out_).subspan(size_, kTsPacket);
  std::fill(packet.begin(), packet.end(), std::byte{0xff});
  store_u32(packet, 0, 0x47000020u | static_cast<std::uint32_t>(pid) << 8 | counter);
  store_u16(packet, 4, 0xb780);  // 183 bytes; discontinuity_indicator
  size_ += kTsPacket;
}

}  // namespace aegis::relay
