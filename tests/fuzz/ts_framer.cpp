// Any bytes, in any pieces, as an MPEG-TS input.
#include "agent/media/ts_framer.hpp"

#include "fuzz/input.hpp"

using namespace aegis;
using namespace aegis::agent::media;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Time now(1h);
  std::uint64_t in = 0, out = 0;
  TsFramer framer([&](const TsChunk& chunk) {
    require(chunk.size > 0 && chunk.size % kTsPacket == 0 && chunk.size <= kChunkSize,
            "a chunk holds whole packets");
    for (std::size_t at = 0; at < chunk.size; at += kTsPacket)
      require(chunk.data[at] == std::byte{0x47}, "a packet starts with the sync byte");
    out += chunk.size;
  });
  while (!input.empty()) {
    now += std::chrono::milliseconds(input.u8() % 32);
    if (framer.next_flush() <= now) framer.on_timeout(now);
    // One piece in four is TS of our making, so that the framer locks.
    std::uint8_t const kind = input.u8();
    if (kind % 4 == 0) {
      std::vector<std::byte> packets(kTsPacket * (1 + kind / 32), std::byte{kind});
      for (std::size_t at = 0; at < packets.size(); at += kTsPacket) packets[at] = std::byte{0x47};
      framer.push(packets, now);
      in += packets.size();
    } else {
      ByteView const piece = input.bytes(kind);
      framer.push(piece, now);
      in += piece.size();
    }
  }
  framer.finish(now);
  require(out == framer.figures().packets * kTsPacket, "each packet is counted once");
  require(out + framer.figures().garbage_bytes == in, "each byte is a packet's or garbage");
  return 0;
}
