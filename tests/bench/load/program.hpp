// What every publisher of the load sends: one group of pictures, prepared once and sent for ever,
// with a number in each datagram by which the far end can count.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/bytes.hpp"
#include "sim/srt_format.hpp"

namespace aegis::bench {

class Program {
 public:
  // Tables and a random access point each `datagrams`; 16n + 14, so that the continuity of the
  // video goes on from one group to the next.
  explicit Program(std::size_t datagrams = 750);

  // `payload` (sim::kPayload bytes) becomes the datagram with this number.
  void write(std::uint64_t number, ByteSpan payload) const;
  static std::uint64_t read_number(ByteView payload);

 private:
  std::vector<std::byte> group_;
};

}  // namespace aegis::bench
