// Finds the places in an MPEG-TS where a player can begin: a PAT, and the start of a key frame.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/bytes.hpp"

namespace aegis::relay {

// Reads just enough of ISO/IEC 13818-1 to know which PID is video. A stream that is not MPEG-TS, or
// whose tables do not fit one TS packet, has no marks; nothing else depends on it.
class TsScan {
 public:
  struct Marks {
    bool table = false;          // a PAT starts here
    bool random_access = false;  // a picture (or, without video, any frame) that stands on its own
  };

  // `payload` is any number of whole TS packets, as SRT carries them.
  Marks scan(ByteView payload);
  // Another publisher: nothing that was learnt holds any more.
  void reset() { *this = TsScan(); }

 private:
  static constexpr std::uint16_t kNoPid = 0xffff;

  void scan_packet(ByteView packet, Marks& marks);
  void read_pat(ByteView section);
  void read_pmt(ByteView section);
  bool starts_access_point(std::uint16_t pid) const;

  std::uint16_t pmt_pid_ = kNoPid;
  std::uint16_t video_pid_ = kNoPid;
  bool has_map_ = false;  // a PMT was read
};

}  // namespace aegis::relay
