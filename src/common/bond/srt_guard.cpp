#include "common/bond/srt_guard.hpp"

namespace aegis::bond::srt {
namespace {

// Subtypes of user-defined packets, and types of a handshake's extension blocks.
enum Extension : std::uint16_t {
  kHsReq = 1,
  kHsRsp = 2,
  kKmReq = 3,
  kKmRsp = 4,
  kStreamId = 5,
  kCongestionControl = 6,
  kFilter = 7,
  kGroup = 8,
};

constexpr std::size_t kHsBody = 12;
constexpr std::size_t kMaxFilter = 512, kMaxCongestionControl = 32, kMaxGroup = 32;

// Key material (section 3.2.2): header 16, salt, one or two keys, and 8 bytes that wrapping adds.
bool is_key_material(ByteView km) {
  constexpr std::size_t kKmHeader = 16, kWrap = 8, kMaxSalt = 16;
  if (km.size() < kKmHeader || load_u16(km, 0) != 0x1220 || km[2] != std::byte{0x29}) return false;
  unsigned const which = std::to_integer<unsigned>(km[3]) & 3;
  std::size_t const keys = which == 3 ? 2 : which == 0 ? 0 : 1;
  std::size_t const salt = 4 * std::to_integer<std::size_t>(km[14]);
  std::size_t const key = 4 * std::to_integer<std::size_t>(km[15]);
  return keys > 0 && salt <= kMaxSalt && (key == 16 || key == 24 || key == 32) &&
         km.size() == kKmHeader + salt + keys * key + kWrap;
}

// A response may be the key material again, or one word that says why not.
bool is_key_response(ByteView body) {
  return body.size() == 4 || is_key_material(body);
}

// --- Handshakes --------------------------------------------------------------------------------

// Offsets from the start of the packet (section 3.2.1).
constexpr std::size_t kHsVersion = 16, kHsEncryption = 20, kHsExtensionField = 22, kHsSequence = 24,
                      kHsMtu = 28, kHsWindow = 32, kHsSocket = 40, kHsSize = 64;
constexpr std::uint32_t kMinMtu = 576, kMaxMtu = 0xffff;
constexpr std::uint32_t kMinWindow = 16, kMaxWindow = 1u << 24;

bool extension_passes(std::uint16_t type, ByteView body, Side from) {
  switch (type) {
    case kHsReq:
      return from == Side::kPublisher && body.size() == kHsBody;
    case kHsRsp:
      return from == Side::kServer && body.size() == kHsBody;
    case kKmReq:
      return from == Side::kPublisher && is_key_material(body);
    case kKmRsp:
      return from == Side::kServer && is_key_response(body);
    case kStreamId:
      return body.size() <= kMaxStreamId;
    case kCongestionControl:
      return body.size() <= kMaxCongestionControl;
    case kFilter:
      return body.size() <= kMaxFilter;
    case kGroup:
      return body.size() <= kMaxGroup;
    default:  // newer than this list: SRT skips what it does not know
      return true;
  }
}

// The blocks fill the packet exactly, and none that we know comes twice.
bool extensions_pass(ByteView blocks, Side from) {
  std::uint32_t seen = 0;
  while (!blocks.empty()) {
    if (blocks.size() < 4) return false;
    std::uint16_t const type = load_u16(blocks, 0);
    std::size_t const size = std::size_t{load_u16(blocks, 2)} * 4;
    if (size > blocks.size() - 4) return false;
    if (!extension_passes(type, blocks.subspan(4, size), from)) return false;
    if (type <= kGroup && ((seen >> type) & 1) != 0) return false;
    if (type <= kGroup) seen |= 1u << type;
    blocks = blocks.subspan(4 + size);
  }
  return true;
}

// What a socket takes over from the other side's handshake.
bool negotiates_sanely(ByteView packet) {
  std::uint32_t const mtu = load_u32(packet, kHsMtu), window = load_u32(packet, kHsWindow);
  std::uint16_t const encryption = load_u16(packet, kHsEncryption);
  return load_u32(packet, kHsSequence) <= SeqNo::kMask && mtu >= kMinMtu && mtu <= kMaxMtu &&
         window >= kMinWindow && window <= kMaxWindow && encryption <= 4 &&
         load_u32(packet, kHsSocket) != 0;
}

bool handshake_passes(ByteView packet, Side from) {
  auto const handshake = parse_handshake(packet);
  if (!handshake) return false;
  bool const bare = packet.size() == kHsSize;
  // A rejection repeats whatever was asked; only its type says anything.
  if (handshake->is_rejection()) return from == Side::kServer;
  // The publisher calls: it asks the listening socket, which has number 0.
  if (from == Side::kPublisher && destination_socket(packet) != 0) return false;
  if (handshake->version != 4 && handshake->version != 5) return false;
  if (handshake->is_induction()) return bare && load_u32(packet, kHsSequence) <= SeqNo::kMask;
  if (!handshake->is_conclusion() || !negotiates_sanely(packet)) return false;
  if (handshake->version == 4 || load_u16(packet, kHsExtensionField) == 0) return bare;
  return extensions_pass(packet.subspan(kHsSize), from);
}

// --- Everything else ---------------------------------------------------------------------------

// A light ACK tells the next number, a full one up to seven figures more.
bool is_ack(ByteView body) {
  std::size_t const words = body.size() / 4;
  return body.size() % 4 == 0 && (words == 1 || (words >= 4 && words <= 8)) &&
         load_u32(body, 0) <= SeqNo::kMask;
}

bool is_span(std::uint32_t first, std::uint32_t last) {
  if (first > SeqNo::kMask || last > SeqNo::kMask) return false;
  std::int32_t const length = distance(SeqNo(first), SeqNo(last));
  return length >= 0 && length < kMaxSpan;
}

bool is_loss_list(ByteView body) {
  if (body.empty() || body.size() % 4 != 0) return false;
  for (std::size_t at = 0; at < body.size(); at += 4) {
    std::uint32_t const word = load_u32(body, at);
    if (word <= SeqNo::kMask) continue;
    at += 4;
    if (at >= body.size() || !is_span(word & SeqNo::kMask, load_u32(body, at))) return false;
  }
  return true;
}

bool is_drop_request(ByteView body) {
  return body.size() == 8 && is_span(load_u32(body, 0), load_u32(body, 4));
}

// Nothing, or the word of padding that libsrt adds.
bool is_bare(ByteView body) {
  return body.empty() || body.size() == 4;
}

bool user_defined_passes(std::uint16_t subtype, ByteView body, bool sends, bool receives) {
  switch (subtype) {
    case kHsReq:  // of the first version of SRT: a handshake after UDT's
      return sends && body.size() == kHsBody;
    case kHsRsp:
      return receives && body.size() == kHsBody;
    case kKmReq:
      return sends && is_key_material(body);
    case kKmRsp:
      return receives && is_key_response(body);
    default:
      return false;
  }
}

}  // namespace

bool Guard::control_passes(ByteView packet, Side from) const {
  if (packet.size() > kMaxPacket) return false;
  ByteView const body = packet.subspan(kHeaderSize);
  bool const sends = from == Side::kPublisher || server_sends_media_;
  bool const receives = from == Side::kServer || server_sends_media_;
  switch (control_type(packet)) {
    case ControlType::kHandshake:
      return handshake_passes(packet, from);
    case ControlType::kKeepalive:
    case ControlType::kShutdown:
      return is_bare(body);
    case ControlType::kAck:
      return receives && is_ack(body);
    case ControlType::kNak:
      return receives && is_loss_list(body);
    case ControlType::kCongestion:
    case ControlType::kPeerError:
      return receives && is_bare(body);
    case ControlType::kAckAck:
      return sends && is_bare(body);
    case ControlType::kDropRequest:
      return sends && is_drop_request(body);
    case ControlType::kUserDefined:
      return user_defined_passes(load_u16(packet, 2), body, sends, receives);
  }
  return false;
}

}  // namespace aegis::bond::srt
