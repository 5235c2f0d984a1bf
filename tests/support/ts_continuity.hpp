// Continuity of any MPEG-TS, by the 4-bit counter of each PID: what a receiver of unknown content
// can say about loss.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/bytes.hpp"

namespace aegis::test {

class TsContinuity {
 public:
  // One TS packet. A counter that jumps is one error, however much is missing; one repetition of a
  // packet is legal (ISO/IEC 13818-1, 2.4.3.3), and so is a jump that the packet announces.
  void add(ByteView packet);
  std::uint64_t packets() const { return packets_; }
  std::uint64_t errors() const { return errors_; }

 private:
  static constexpr std::uint8_t kUnseen = 0xff;
  struct Pid {
    std::uint8_t counter = kUnseen;
    bool repeated = false;
  };
  std::array<Pid, 8192> pids_{};
  std::uint64_t packets_ = 0, errors_ = 0;
};

}  // namespace aegis::test
