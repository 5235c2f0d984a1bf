// Which SRT packets a relay passes on. What is malformed, too long, or not for this side to send
// never reaches the SRT library behind it, nor the rig before it (draft-sharabayko-srt section 3).
#pragma once

#include "common/base/bytes.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond::srt {

enum class Side {
  kPublisher,  // behind the links: the caller, who sends the media
  kServer,     // the listener that the publisher called
};

// A drop request or a loss range may span so many packets: more than a minute of 10 Mbit/s. Stock
// libsrt walks every number of a range.
inline constexpr std::int32_t kMaxSpan = 1 << 16;
inline constexpr std::size_t kMaxStreamId = 512;

// Looks at one connection both ways. Reads a data packet's length only; a control packet from end
// to end.
class Guard {
 public:
  // True when `packet`, sent by `from`, may pass. Precondition: classify() said kSrtData or
  // kSrtControl. What only a receiver of media sends is taken from a publisher once the server has
  // sent it media, and what only a sender sends from the server likewise.
  bool passes(ByteView packet, Side from) {
    return is_control(packet) ? control_passes(packet, from) : data_passes(packet, from);
  }

 private:
  bool data_passes(ByteView packet, Side from) {
    if (packet.size() <= kHeaderSize || packet.size() > kMaxPacket) return false;
    if (from == Side::kServer) server_sends_media_ = true;
    return true;
  }
  bool control_passes(ByteView packet, Side from) const;

  bool server_sends_media_ = false;
};

}  // namespace aegis::bond::srt
