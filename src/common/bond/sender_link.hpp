// One link of the bond sender: what is in flight on it, what it can do, whether it can be trusted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/seq.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/link_estimator.hpp"
#include "common/bond/link_policy.hpp"
#include "common/bond/rate_cap.hpp"
#include "common/bond/sender.hpp"
#include "common/bond/sent_log.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// What a report of the relay says about packets of one link: fates that were not known before.
struct Fates {
  std::vector<SeqNo> delivered, lost;
  void clear() {
    delivered.clear();
    lost.clear();
  }
};

class SenderLink {
 public:
  static constexpr std::int64_t kTypicalPacket = 1340;  // bytes, in its link frame

  SenderLink(LinkId id, Time now) : id_(id), last_heard_(now), rate_span_began_(now) {}

  LinkId id() const { return id_; }
  LinkState state() const { return state_; }
  const LinkEstimator& estimator() const { return estimator_; }
  // The relay knows it, and it may be used.
  bool is_registered() const { return state_ == LinkState::kLive || state_ == LinkState::kSuspect; }

  void set_policy(const LinkPolicy& policy, Time now);
  int priority() const { return policy_.priority; }

  // Registration.
  void on_registered(Time now);
  // The receiver no longer knows this link, or it was silent for too long.
  void on_lost(Time now);
  // Another SRT connection begins: sequence numbers mean something else now.
  void on_srt_restart();

  // While packets wait in the bond the link's queue may be this much longer than its target.
  void allow_queue(Duration extra) { extra_queue_ = extra; }
  // Sending. `backlog`: more packets wait in the bond, so the link is kept busy.
  bool has_room_for(Bytes size, Time now) const;
  void on_data_sent(SeqNo seq, Bytes size, bool backlog, bool retransmission, Time now);
  void on_other_sent(Bytes size, Time now);
  // What it can carry, as far as is known and the user allows; nothing unless it is live.
  BitRate usable_rate() const;
  // In flight beyond what an empty link of this rate would hold: it waits in the link's queue.
  Bytes standing_queue() const;

  // Whether data goes in link frames, answered by arrival reports; else it is plain SRTLA.
  void use_frames(bool framed) { framed_ = framed; }
  // The number that the next data packet has on this link.
  std::uint32_t next_number() const { return static_cast<std::uint32_t>(log_.next()); }

  // What came back.
  void on_heard(Time now) { last_heard_ = now; }
  void on_acked(ByteView ack, Time now);  // SRTLA ACK of this link
  void on_report(const LinkArrivals& arrivals, std::uint32_t relay_clock_us, Time now,
                 Fates& fates);
  void on_srt_progress(SeqNo next_expected, Time now);  // SRT is done with all before it
  void on_srt_loss(SeqNo seq);                          // SRT misses it
  void on_keepalive_echo(const Keepalive& echo, Time now);

  // How long the oldest packet in flight is overdue: the link stands still, for longer the longer
  // it has done so.
  Duration stall(Time now) const;
  // When a packet sent now would arrive, a stall included.
  Time arrival_of(Bytes size, Time now) const {
    return estimator_.arrival_of(size, now) + 2 * stall(now);
  }
  // The same as the user has it: the time until then, divided by the link's weight.
  Time biased(Time arrival, Time now) const {
    return now + Duration(static_cast<Duration::rep>(static_cast<double>((arrival - now).count()) /
                                                     policy_.weight));
  }
  // Of a link that is off: packets that should have been reported by now leave the flight.
  void take_overdue(Time now, std::vector<SeqNo>& out);
  // Packets that are overdue, were sent `patience` ago and have not been listed before, oldest
  // first.
  void list_overdue(Duration patience, Time now, std::vector<SeqNo>& out);
  // Is the packet still on its way here, as far as one can know?
  bool may_still_arrive(SeqNo seq, Time now) const;

  // Keepalives: one each second, more while the link is suspect.
  Time next_keepalive() const { return next_keepalive_; }
  Frame make_keepalive(Time now);

  // What was sent is overdue: the link becomes suspect. True when it did.
  bool check_overdue(Time now);
  // The sequence numbers of all that is in flight, oldest first.
  void list_flight(std::vector<SeqNo>& out) const;
  // Registered but silent for so long that it must register anew.
  bool is_silent(Time now) const;

  // Of a proved group: a REG2 with this counter was sent on this link; and whether a REG3 answers
  // one that was and is the first to do so.
  void on_claim_sent(std::uint64_t counter) { claim_sent_ = counter; }
  bool take_answer(std::uint64_t counter) {
    if (counter <= claim_answered_ || counter > claim_sent_) return false;
    claim_answered_ = counter;
    return true;
  }
  // A frame that only our relay can have made came on this link.
  void on_proved(Time now) { last_proved_ = now; }
  Time last_proved() const { return last_proved_; }

  // A suspect link gets copies of data packets from time to time, to see whether one is answered.
  // Data can wait in a modem for seconds, in the way of all that follows: between Aegis ends only a
  // keepalive goes out unasked, and copies follow when one has been answered.
  bool wants_probe(Time now) const;
  // The same where there is no live link: the data has no better way.
  bool takes_data(Time now) const;
  // A link that came back and is not needed yet gets copies, as many as it answers for, until its
  // rate is known again or as good as `enough`: when it is needed there is no time to find out. One
  // that was not needed for long, or never, gets a few now and then: it may be slower by now.
  bool wants_warm_up(BitRate enough, Time now) const;
  void on_warm_up_sent(SeqNo seq, Bytes size, Time now);
  void on_probe_sent(SeqNo seq, Bytes size, Time now);

  const SentLog& flight() const { return log_; }
  bool has_in_flight(SeqNo seq) const { return log_.find(seq).has_value(); }
  bool has_flight() const { return log_.open_count() > 0; }
  LinkFigures figures(Time now) const;

 private:
  // Stock receivers acknowledge ten packets at a time, so fewer in flight would never be answered.
  static constexpr std::size_t kMinFlight = kAckEntries + 4;
  static constexpr std::size_t kMinFramedFlight = 2;  // reports tell of every single packet
  static constexpr std::size_t kProbePackets = kMinFlight, kFramedProbePackets = 4;
  static constexpr std::size_t kWarmUpPackets = 100;
  static constexpr std::size_t kTrainPackets = 10;
  static constexpr Duration kUnused = 100ms, kTrainInterval = 10s;
  static constexpr Duration kKeepaliveInterval = 1s, kSuspectInterval = 200ms;
  static constexpr Duration kSilence = 4s;
  // Beyond its due time, and what the round trip varies by: then a packet is taken for lost.
  static constexpr Duration kOverdueMargin = 80ms;
  static constexpr Duration kFirstProbeInterval = 400ms, kLastProbeInterval = 3200ms;

  Bytes flight_cap() const;
  Time overdue_at(const Transmission& sent) const;
  Time dark_from(const Transmission& sent) const;
  void on_news(Time since, Time now);
  std::size_t min_flight() const { return framed_ ? kMinFramedFlight : kMinFlight; }
  void close_unanswered(std::uint64_t order);
  void close_overtaken(std::uint64_t newest);
  void take_fates(const LinkArrivals& arrivals, std::uint64_t highest, Fates& fates);
  void become_live(Time now);
  void become_suspect(Time now);
  void count_sent(Bytes size, Time now);

  LinkId id_;
  LinkState state_ = LinkState::kConnecting;
  LinkPolicy policy_;
  RateCap rate_cap_;
  bool framed_ = false;
  SentLog log_;
  LinkEstimator estimator_;
  Duration extra_queue_{};
  Time last_heard_;
  std::uint64_t claim_sent_ = 0, claim_answered_ = 0;
  Time last_proved_{};

  std::array<Time, 4> keepalives_sent_{};
  std::size_t keepalive_count_ = 0;
  Time next_keepalive_{};

  std::uint64_t overdue_listed_ = 0;       // up to this transmission
  std::optional<std::uint64_t> reported_;  // the highest transmission that a report has told of
  Time last_news_{};                       // when a packet of ours was last heard to have arrived
  // Packets since then that SRT has by other ways, or misses, and that this link never told of.
  std::size_t unanswered_ = 0;
  Transmission first_unanswered_;
  Time next_probe_{}, last_probe_{};
  Duration probe_interval_ = kFirstProbeInterval;
  Time last_used_{};  // for anything but a warm-up
  Bytes cap_at_last_send_;
  std::size_t warm_up_left_ = 0;  // copies still to send since it came back
  Time last_train_{};             // ended
  std::size_t train_sent_ = 0;    // copies of the next
  std::size_t probe_left_ = 0;    // copies still to send in this probe
  Time suspect_since_{};
  bool answers_ = false;  // a keepalive sent since then, and since the last probe

  std::uint64_t sent_packets_ = 0, sent_bytes_ = 0, data_packets_ = 0, retransmitted_ = 0;
  std::uint64_t acked_ = 0, naks_ = 0, lost_ = 0;
  // Sent bytes over spans of one second, for the figures.
  Time rate_span_began_;
  std::uint64_t rate_span_bytes_ = 0;
  BitRate send_rate_;
};

}  // namespace aegis::bond
