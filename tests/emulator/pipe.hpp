// One direction of an emulated link: packets go in at one instant and come out at another, or not
// at all. Does no I/O: the caller hands in the time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/time.hpp"
#include "emulator/bottleneck.hpp"
#include "emulator/histogram.hpp"
#include "emulator/profile.hpp"
#include "emulator/random.hpp"

namespace aegis::emulator {

struct PipeCounters {
  std::uint64_t packets_in = 0, bytes_in = 0;
  std::uint64_t packets_out = 0, bytes_out = 0;
  std::uint64_t lost_random = 0;  // the loss stage
  std::uint64_t lost_burst = 0;   // the Gilbert-Elliott stage
  std::uint64_t lost_queue = 0;   // the queue was full
  std::uint64_t lost_outage = 0;  // sent into, or inside during, an outage that drops
  std::uint64_t bytes_lost_queue = 0;
  std::uint64_t duplicated = 0, held_back = 0;
};

// Order of the stages: outage, queue and rate, loss (a packet that the air loses has used its share
// of the rate), burst loss, delay and jitter, duplication, holding back. Time must not go backwards
// from call to call. Same seed, same calls, same outcome.
class Pipe {
 public:
  Pipe(Profile profile, std::uint64_t seed, Time start);

  void push(PacketBytes packet, Time now);
  // The next packet that is due at or before `now`; call until it returns none.
  std::optional<PacketBytes> pop(Time now);
  // When pop() may have something new; kNever when nothing is inside.
  Time next_event() const;

  // A commanded outage, until restore(). The scheduled ones go on beside it.
  void cut(OutageKind kind, Time now);
  void restore(Time now);

  // Packets inside keep their place; what is in flight keeps its arrival time. The schedule of
  // outages is counted from the start of the pipe.
  void configure(Profile profile, Time now);
  const Profile& profile() const { return profile_; }

  const PipeCounters& counters() const { return counters_; }
  const Histogram& queueing() const { return queueing_; }
  // The part of it that other packets on the link have caused: neither a slow link nor a gap in its
  // trace counts. A pause does.
  const Histogram& caused() const { return caused_; }

 private:
  struct InFlight {
    Time due;
    std::uint64_t order;
    PacketBytes packet;
    bool operator>(const InFlight& other) const {
      return due != other.due ? due > other.due : order > other.order;
    }
  };

  void advance(Time now);      // everything up to `now`, edges of outages included
  void drain_queue(Time now);  // bottleneck -> air
  void fly(PacketBytes packet, Time left);
  void launch(PacketBytes packet, Time due);
  bool lost_in_the_air();
  Duration draw_jitter();
  void start_outage(OutageKind kind, Time now);
  void end_outage(Time now);
  Time next_edge() const;

  Profile profile_;
  Random random_;
  Time start_;
  Bottleneck bottleneck_;
  std::vector<InFlight> air_;  // a heap, the soonest due at the front
  std::uint64_t order_ = 0;
  Time last_due_;
  bool burst_bad_ = false;
  std::size_t next_outage_ = 0;  // index into profile_.outages of the running or coming one
  bool scheduled_out_ = false;
  std::optional<OutageKind> commanded_;
  PipeCounters counters_;
  Histogram queueing_, caused_;
};

}  // namespace aegis::emulator
