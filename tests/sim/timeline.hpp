// Virtual time: one queue of events for the whole simulated world, and the pool that its packets
// live in. Nothing here allocates for an event or a packet once the pools have grown.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <queue>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace aegis::sim {

// Something that events happen to. `what` and `argument` are the actor's own.
class Actor {
 public:
  virtual void on_event(std::uint32_t what, std::uint32_t argument) = 0;

 protected:
  ~Actor() = default;
};

class Timeline {
 public:
  explicit Timeline(Time start) : now_(start) {}

  Time now() const { return now_; }
  std::uint64_t steps() const { return steps_; }
  // Events of one instant happen in the order in which they were asked for.
  void at(Time when, Actor& actor, std::uint32_t what, std::uint32_t argument = 0) {
    heap_.push({std::max(when, now_), order_++, &actor, what, argument});
  }
  // Runs the next event if it is due by `until`; otherwise moves the clock there and says false.
  bool step(Time until) {
    if (heap_.empty() || heap_.top().when > until) {
      now_ = std::max(now_, until);
      return false;
    }
    Event const event = heap_.top();
    heap_.pop();
    now_ = event.when;
    ++steps_;
    event.actor->on_event(event.what, event.argument);
    return true;
  }

 private:
  struct Event {
    Time when;
    std::uint64_t order;
    Actor* actor;
    std::uint32_t what, argument;
    bool operator<(const Event& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };
  std::priority_queue<Event> heap_;
  Time now_;
  std::uint64_t order_ = 0, steps_ = 0;
};

// One timer that is set anew all the time. Only the earliest setting stands in the queue; the owner
// asks due() when its event comes and sets the alarm again.
class Alarm {
 public:
  Alarm(Timeline& timeline, Actor& owner, std::uint32_t what)
      : timeline_(&timeline), owner_(&owner), what_(what) {}

  void set(Time when) {
    if (when >= armed_ || when == kNever) return;
    armed_ = std::max(when, timeline_->now());
    timeline_->at(armed_, *owner_, what_);
  }
  // False for an event whose setting was overtaken by an earlier one.
  bool due() {
    if (timeline_->now() < armed_) return false;
    armed_ = kNever;
    return true;
  }

 private:
  Timeline* timeline_;
  Actor* owner_;
  std::uint32_t what_;
  Time armed_ = kNever;
};

using PacketId = std::uint32_t;

class PacketPool {
 public:
  // `tag` travels with the packet: whose it is, or where to.
  PacketId take(ByteView datagram, std::uint32_t tag = 0) {
    if (free_.empty()) {
      slots_.emplace_back();
      free_.push_back(static_cast<PacketId>(slots_.size() - 1));
    }
    PacketId const id = free_.back();
    free_.pop_back();
    Slot& slot = slots_[id];
    slot.size = std::min(datagram.size(), slot.data.size());
    slot.tag = tag;
    std::memcpy(slot.data.data(), datagram.data(), slot.size);
    return id;
  }
  ByteView view(PacketId id) const { return ByteView(slots_[id].data).first(slots_[id].size); }
  std::uint32_t tag(PacketId id) const { return slots_[id].tag; }
  void release(PacketId id) { free_.push_back(id); }
  std::size_t in_use() const { return slots_.size() - free_.size(); }

 private:
  struct Slot {
    std::size_t size = 0;
    std::uint32_t tag = 0;
    std::array<std::byte, kMaxDatagram> data;
  };
  std::deque<Slot> slots_;  // a deque, so that views stay valid while it grows
  std::vector<PacketId> free_;
};

}  // namespace aegis::sim
