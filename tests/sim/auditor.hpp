// Watches the two machines from outside and says when one breaks a promise.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/bond/receiver.hpp"
#include "common/bond/sender.hpp"

namespace aegis::sim {

// The promises:
//  - a usable link is given data only while what is in flight on it stays within the cap that is
//    reported (a suspect link is given probes, which must go out whatever is in flight);
//  - every SRT data packet that the sender took is put on a link, or queued, or counted as expired,
//    overflowed or unroutable;
//  - queues and the reordering stage stay within their limits;
//  - the relay shows SRT only datagrams that the rig's SRT peer really sent, bit for bit;
//  - a timeout that was served does not come back at once for ever.
class Auditor {
 public:
  // `each_step`: figures will be shown after every step of the machines, so that what grew between
  // two looks grew in one step.
  Auditor(Time start, bool each_step) : start_(start), each_step_(each_step) {}

  void taken(ByteView srt);                      // SRT peer -> sender
  void put_on_link(LinkId link, ByteView wire);  // sender -> link
  void shown(ByteView srt, Time now);            // receiver -> SRT server
  void check(const bond::SenderFigures& figures, Time now);
  void check(const bond::ReceiverFigures& figures, std::size_t most_held, Time now);
  void timer_served(const char* whose, Time next, Time now);
  void complain(std::string what, Time now);

  const std::vector<std::string>& complaints() const { return complaints_; }
  std::uint64_t taken_data() const { return taken_data_; }

 private:
  static constexpr std::size_t kWays = 8, kSets = 2048;

  bool was_taken(ByteView srt) const;
  void remember(std::uint64_t hash);
  bool remembered(std::uint64_t hash) const;

  Time start_;
  bool each_step_;
  std::vector<std::uint64_t> media_;  // hashes, by the packets' numbers
  // Control packets, by their hashes; the oldest of a set is forgotten.
  std::vector<std::uint64_t> seen_ = std::vector<std::uint64_t>(kWays * kSets);
  std::vector<std::uint8_t> seen_next_ = std::vector<std::uint8_t>(kSets);
  // How often the packet with this (low part of a) sequence number was taken and not put on a link.
  std::vector<std::uint16_t> owed_ = std::vector<std::uint16_t>(2 * 65536);
  std::uint64_t taken_data_ = 0, placed_data_ = 0;
  struct Seen {
    std::int64_t in_flight = 0;
    std::uint64_t given = 0;  // data packets since the last check
    bool live = false;
  };
  std::map<LinkId, Seen> links_;
  Time last_served_{};
  unsigned served_in_a_row_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace aegis::sim
