// The account of counted TS packets at the receiving end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/ts_continuity.hpp"
#include "support/ts_packet.hpp"

namespace aegis::test {

class TsTally {
 public:
  // Any cut of the byte stream; packets may span calls.
  void add(ByteView bytes, Time now);

  std::uint64_t unique() const { return unique_; }
  std::uint64_t first() const { return first_; }  // smallest number seen
  std::uint64_t last() const { return last_; }    // largest
  std::uint64_t lost() const;                     // between the two
  // Numbers in a row between the two that have not come, the first hundred: {number, how many}.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps() const;
  std::uint64_t duplicated() const { return duplicated_; }
  std::uint64_t reordered() const { return reordered_; }  // came after a larger number
  std::uint64_t damaged() const { return damaged_; }      // no counted packet, or a bad checksum
  const TsContinuity& continuity() const { return continuity_; }  // of all packets, counted or not
  Duration longest_gap() const { return longest_gap_; }           // between two arrivals
  // Of the send-to-arrival times so far, 0..1.
  Duration latency(double quantile) const;
  // One JSON object with all of the above.
  std::string json() const;

 private:
  void add_packet(ByteView packet, Time now);

  TsContinuity continuity_;
  std::vector<std::byte> rest_;
  std::vector<bool> seen_;
  std::vector<std::uint32_t> latencies_us_;
  std::uint64_t unique_ = 0, first_ = 0, last_ = 0;
  std::uint64_t duplicated_ = 0, reordered_ = 0, damaged_ = 0;
  Time last_arrival_;
  Duration longest_gap_{};
};

}  // namespace aegis::test
