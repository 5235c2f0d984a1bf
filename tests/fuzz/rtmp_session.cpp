// Any bytes, in any pieces, from a caller of the RTMP input; the handshake is given, as it takes 3
// kB that mean nothing.
#include "agent/media/rtmp_session.hpp"

#include "fuzz/input.hpp"

using namespace aegis;
using namespace aegis::agent::media;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  RtmpSession session({"live", crypto::Secret("key")});
  RtmpSession::Buffer handshake(1 + 2 * 1536);
  handshake[0] = std::byte{3};
  require(session.take(handshake), "a handshake is taken");
  bool alive = true;
  std::size_t in = 0, out = 0;
  while (!input.empty()) {
    ByteView const piece = input.bytes(input.u8());
    in += piece.size();
    alive = session.take(piece) && alive;
    require(alive == session.reason().empty(), "who is hung up on is told why");
    require(alive || !session.publishing(), "who is hung up on does not publish");
    auto const media = session.take_media();
    out += media.size();
    session.take_answers();
  }
  // A tag has 15 bytes more than its message, which has a header of at least one.
  require(out <= 13 + 16 * in, "media comes from what was sent");
  return 0;
}
