// The slowest hop of an emulated direction: one FIFO with a byte limit, served at a constant rate,
// by a trace, or at once.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "emulator/profile.hpp"

namespace aegis::emulator {

using PacketBytes = std::vector<std::byte>;

// Time must not go backwards from call to call. A packet leaves when its last byte has left;
// leaving instants are computed, not observed, so that a caller who comes late costs no capacity.
class Bottleneck {
 public:
  explicit Bottleneck(Time start);

  // Takes effect at `now`; the bytes of the head that are through stay through.
  void configure(const Profile& profile, Time now);

  // False when the queue is full: the packet is lost.
  bool push(PacketBytes packet, Time now);

  struct Departure {
    PacketBytes packet;
    Time arrived, left;
    Time unloaded;  // when it would have left had nothing stood before it
  };
  // The next packet that left at or before `now`, in order.
  std::optional<Departure> pop(Time now);
  // When pop() may return something; kNever while empty or paused.
  Time next_departure() const;

  // While paused nothing leaves. A trace runs on: what it offers meanwhile is wasted.
  void pause(Time now);
  void resume(Time now);
  std::size_t clear(Time now);  // forgets what waits; how many packets
  double backlog_bytes() const { return backlog_; }

 private:
  struct Waiting {
    PacketBytes bytes;
    Time arrived, unloaded;
    double left;  // bytes still to be served
  };
  enum class Mode { kUnlimited, kRate, kTrace };

  void serve(Time now);
  void serve_rate(Time now);
  void serve_trace(Time now);
  void depart(Time at);
  Time unloaded_departure(double size, Time now) const;
  double head_finish() const;  // like served_us_; constant rate only
  std::optional<double> limit() const;

  Mode mode_ = Mode::kUnlimited;
  BitRate rate_;
  std::shared_ptr<const Trace> trace_;
  QueueLimit queue_limit_;
  Time trace_start_;
  std::uint64_t next_opportunity_ = 0;
  double served_us_;  // up to where the work is done: Time in us, with a fraction
  bool paused_ = false;
  double backlog_ = 0;
  std::deque<Waiting> queue_;
  std::deque<Departure> departed_;
};

}  // namespace aegis::emulator
