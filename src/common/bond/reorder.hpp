// The stage that lets stock libsrt stand behind a bond. Packets that went over several links arrive
// out of order; libsrt would report each gap as a loss at once. Here the merged packets are put
// back into order, and a gap is shown only when it is one.
//
// A gap is real when every link that delivers has delivered something later (a link is a queue), or
// when it has lasted longer than the links' spread. What libsrt then asks for again is let through
// once for each round trip of a repair.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/seq.hpp"
#include "common/base/time.hpp"
#include "common/bond/packet_pool.hpp"
#include "common/bond/srt_packet.hpp"
#include "common/bond/window_extreme.hpp"

namespace aegis::bond {

struct ReorderFigures {
  std::uint64_t duplicates = 0;  // packets that had arrived before; not passed on
  std::uint64_t late = 0;        // originals that arrived after their gap was shown
  std::uint64_t gaps_shown = 0;  // sequence numbers let known to be missing
  std::size_t held = 0;          // packets waiting behind a gap
};

class Reorder {
 public:
  static constexpr std::size_t kMaxLinks = 16;

  explicit Reorder(PacketPool& pool);
  ~Reorder();
  Reorder(const Reorder&) = delete;
  Reorder& operator=(const Reorder&) = delete;

  // The publisher's handshake: where its sequence numbers begin, and the latency once agreed on.
  void on_start(SeqNo initial);
  void on_latency(Duration latency) { latency_ = latency; }
  // The sender sees what the links lose and mends it by itself: a gap is shown to SRT only when
  // that has failed, with half of the latency left for SRT's own repair.
  void sender_repairs(bool repairs) { sender_repairs_ = repairs; }
  // A link joined: the spread is unknown again. A link went: it will deliver nothing any more.
  void on_link_joined(std::size_t link, Time now);
  void on_link_gone(std::size_t link);

  // A data packet that arrived on link number `link`; calls `release(ByteView)` for each packet
  // that may go on to SRT, in order. False when it was a duplicate.
  template <typename Release>
  bool on_packet(ByteView packet, std::size_t link, Time now, Release release) {
    auto const verdict = admit(packet, link, now);
    if (verdict == Verdict::kDuplicate) return false;
    if (verdict == Verdict::kPass) release(packet);
    release_ready(now, release);
    return true;
  }
  template <typename Release>
  void on_timeout(Time now, Release release) {
    release_ready(now, release);
  }
  // While there is a gap before something that arrived, it ripens with time.
  bool holding() const { return started_ && next_ <= seen_; }

  // Should SRT's request for this packet go on to the sender now? Remembers that it did.
  bool allow_request(SeqNo seq, Time now);
  // SRT's own view of the round trip, from its ACKs.
  void on_srt_rtt(Duration rtt, Duration variance) { srt_rtt_ = rtt + 4 * variance; }

  Duration hold_limit(Time now) const;
  const ReorderFigures& figures() const { return figures_; }

 private:
  static constexpr std::size_t kWindow =
      8192;  // sequence numbers remembered, before and after next_
  static constexpr int kStraysOfAnotherRun = 32;
  static constexpr Duration kShortestHold = 20ms, kLongestHold = 400ms;
  static constexpr Duration kUnknownSpread = 150ms;
  // A link that delivered so lately may have more on its way.
  static constexpr Duration kMayDeliver = 5s;
  // Within a link packets may pass each other by so much (HARQ, Wi-Fi retries).
  static constexpr Duration kLinkReorder = 10ms;

  enum class Verdict { kPass, kHeld, kDuplicate };
  enum class SlotState : std::uint8_t { kUnknown, kMissing, kHeld, kShown, kDone };
  struct Slot {
    std::int64_t number = -1;  // which sequence number it speaks of
    Time missed{};             // when a later packet showed that it was missing
    Time requested{};          // when its repair was last asked for
    PacketPool::Handle held = 0;
    SlotState state = SlotState::kUnknown;
    std::uint8_t requests = 0;
  };
  struct Witness {
    std::int64_t highest = -1;  // original packet, over all time
    std::int64_t settled = -1;  // highest as it was kLinkReorder ago, or more
    std::int64_t pending = -1;  // becomes settled
    Time pending_since{};
    Time last_original{};  // or when it joined
    bool present = false;
  };

  std::int64_t unwrap(SeqNo seq) const;
  Slot& slot(std::int64_t number);
  bool is_remembered(std::int64_t number) const;
  void begin_at(std::int64_t number);
  void drop_held();
  Verdict admit(ByteView packet, std::size_t link, Time now);
  Verdict admit_expected(std::int64_t number, ByteView packet, Time now);
  Verdict admit_late(Slot& known, bool retransmitted, Time now);
  void mark_missing(std::int64_t up_to, Time now);
  void learn_lateness(const Slot& known, Time now);
  void learn_repair(const Slot& known, Time now);
  void witness(std::size_t link, std::int64_t number, Time now);
  bool gap_is_real(std::int64_t number, Time now);
  Duration repair_time() const;

  // Shows gaps that are ripe and passes on what waited behind them.
  template <typename Release>
  void release_ready(Time now, Release& release) {
    while (holding()) {
      Slot& front = slot(next_);
      if (front.state == SlotState::kDone) {
        // Went on out of order when there was no room to hold it.
      } else if (front.state == SlotState::kHeld) {
        release(pool_.view(front.held));
        pool_.release(front.held);
        front.state = SlotState::kDone;
        --figures_.held;
      } else if (gap_is_real(next_, now)) {
        front.state = SlotState::kShown;
        ++figures_.gaps_shown;
      } else {
        return;
      }
      ++next_;
    }
  }

  PacketPool& pool_;
  std::unique_ptr<Slot[]> slots_;  // from the first packet on: a group that idles has none
  std::array<Witness, kMaxLinks> witnesses_;
  bool started_ = false;
  int strays_ = 0;          // packets in a row that are too far off
  std::int64_t next_ = 0;   // next number to pass on, unwrapped
  std::int64_t seen_ = -1;  // highest number that arrived
  std::optional<Duration> latency_;
  bool sender_repairs_ = false;
  mutable WindowMax lateness_{5s};
  Duration srt_rtt_ = 100ms;
  // Request to repair, smoothed as an RTT is (RFC 6298).
  std::optional<Duration> repair_mean_;
  Duration repair_variance_{};
  ReorderFigures figures_;
};

}  // namespace aegis::bond
