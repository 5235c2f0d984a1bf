// What one link has in flight: every data packet sent on it, until its fate is known.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/seq.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::bond {

// One transmission. The fields after `bytes` are what a delivery-rate sample needs (see
// LinkEstimator): the link's totals at the moment of sending.
struct Transmission {
  SeqNo seq;
  Time sent{};
  Time due{};  // when its acknowledgement is expected at the latest, were nothing wrong
  Bytes bytes;
  Bytes delivered_before;
  Time delivered_at{};         // of the last delivery before this was sent
  Time first_sent{};           // of the packet delivered last before this was sent
  bool link_was_full = false;  // the link was kept busy: a sample over it measures the link
  bool open = false;           // fate unknown
};

// A ring in order of sending, found again by sequence number in O(1). A transmission is known by
// its order number, which counts up for ever.
class SentLog {
 public:
  static constexpr std::size_t kCapacity = 4096;  // packets; more cannot be in flight on one link

  SentLog();

  // False when the log is full of open transmissions.
  bool has_room() const { return next_ - oldest_ < kCapacity; }
  // Precondition: has_room().
  void add(const Transmission& sent);

  // The transmission with this number as link frames carry it: the low 32 bits of its order.
  // Nothing when no such number was sent, or too long ago.
  std::optional<std::uint64_t> order_of(std::uint32_t number) const;

  // The open transmission of `seq` that was sent last, if there is one.
  std::optional<std::uint64_t> find(SeqNo seq) const;
  Transmission& at(std::uint64_t order) { return ring_[order % kCapacity]; }
  const Transmission& at(std::uint64_t order) const { return ring_[order % kCapacity]; }

  // Its fate is known: it leaves the flight.
  void close(std::uint64_t order);

  // Open transmissions lie in [oldest(), next()); not all in between are open.
  std::uint64_t oldest() const { return oldest_; }
  std::uint64_t next() const { return next_; }
  Bytes in_flight() const { return in_flight_; }
  std::size_t open_count() const { return open_count_; }
  // Bytes sent after the transmission `order`, whatever their fate.
  Bytes sent_after(std::uint64_t order) const;

  void clear();

 private:
  static constexpr std::size_t kIndexSize = 2 * kCapacity;
  std::unique_ptr<Transmission[]> ring_;
  std::unique_ptr<std::uint64_t[]> index_;      // by sequence number: order + 1, 0 for none
  std::unique_ptr<std::int64_t[]> sent_up_to_;  // by order: total bytes sent including it
  std::uint64_t oldest_ = 0, next_ = 0;
  std::int64_t total_sent_ = 0;
  Bytes in_flight_;
  std::size_t open_count_ = 0;
};

}  // namespace aegis::bond
