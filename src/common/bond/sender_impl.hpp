// The inside of BondSender, shared by the files that implement it: sender.cpp (links, registration,
// time), sender_from_relay.cpp (what comes back) and sender_from_rig.cpp (what goes out).
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "common/bond/control_dedup.hpp"
#include "common/bond/copy_budget.hpp"
#include "common/bond/forecast.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/nak_shaper.hpp"
#include "common/bond/packet_age.hpp"
#include "common/bond/packet_queue.hpp"
#include "common/bond/repair_buffer.hpp"
#include "common/bond/scheduler.hpp"
#include "common/bond/sender.hpp"
#include "common/bond/sender_identity.hpp"
#include "common/bond/sender_link.hpp"
#include "common/bond/sender_registration.hpp"
#include "common/bond/seq_history.hpp"
#include "common/bond/seq_queue.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond {

struct BondSender::Impl {
  Impl(const SenderConfig& config, const GroupToken& seed)
      : max_queue_age(config.max_queue_age),
        identity(config.capabilities, config.device, seed),
        registration(identity.id()) {}

  Duration max_queue_age;
  SenderIdentity identity;
  SenderRegistration registration;
  std::uint64_t groups_joined = 0;
  std::vector<std::unique_ptr<SenderLink>> links;
  std::uint32_t next_link_id = 1;
  static constexpr std::size_t kQueueCapacity = 8192;  // packets: 2 s at 40 Mbit/s
  // How often overdue packets, silence and the queue are looked at while packets are on their way.
  static constexpr Duration kTick = 20ms;
  static constexpr Duration kIdleTick = 250ms;
  // Reports come every few ms while media flows, echoes of keepalives each second.
  static constexpr Duration kProofKeepsFor = 500ms;

  PacketQueue retransmissions{kQueueCapacity}, fresh{kQueueCapacity};
  ControlDedup controls;
  NakShaper shaper;
  SeqHistory history;
  PacketAge ages;
  bool framed =
      false;  // the relay is an Aegis, too: link frames, arrival reports, repairs of our own
  RepairBuffer buffer;
  SeqQueue repairs;  // sequence numbers in the buffer that are to be sent again
  Fates fates;
  std::array<std::byte, kMaxDatagram> scratch, repair_copy;
  std::uint32_t srt_socket = 0;  // of the local SRT peer, as its handshake said
  std::uint32_t handshakes = 0;
  Time next_tick{};
  Forecast forecast;
  Time next_forecast{};
  SenderFigures counts;
  // Copies of packets that are overdue but not known to be lost, and second copies of repairs that
  // have no time for another, may take this share of what is sent.
  CopyBudget hedges{{.share = 0.05, .most = 100}};
  // Of the latency, before an overdue packet is copied: most of them come by themselves.
  static constexpr int kHedgeShare = 4;
  // A loss is known when some packets after it have arrived and been reported.
  static constexpr Duration kKnownLate = 20ms;

  // And this share goes to links that are idle, to measure them before they are needed: in rounds,
  // since one by one they would show no rate.
  CopyBudget warm_ups{{.share = 0.01, .most = 150, .round = 20}};

  SenderLink* find(LinkId id);
  bool any_registered() const;
  // An idle link costs more the longer packets have waited: links may then be filled deeper, by
  // this share of the wait of the oldest. Without it, two LTE traces at 2 s latency carry 0.91 of
  // what a sender could that knows the future, instead of 0.97. A stock relay answers for ten
  // packets at a time: to stay busy its links need more.
  static constexpr int kQueueShareOfWait = 6, kStockQueueShareOfWait = 4;
  static constexpr Duration kStockQueue = 30ms;
  void allow_queues(Time now);
  // A preferred link that delivers later than in this share of the latency is passed over for the
  // others, which also take packets that have waited for so long.
  static constexpr int kTimelyShare = 2, kPatienceShare = 8;
  bool ranked = false;  // links have different priorities
  // A stock relay tells too little of what waits on a link to pass one over for being late.
  Preference preference_of(Time waiting_since, Time now) const {
    return {ranked, now - waiting_since > max_queue_age / kPatienceShare,
            max_queue_age / kTimelyShare, framed ? waiting_since + max_queue_age : kNever};
  }
  void rank_links();
  bool backlog() const { return !fresh.empty() || !retransmissions.empty() || !repairs.empty(); }

  BitRate capacity() const;
  void update_forecast(Time now);
  Duration drain_time() const;
  void run_registration(Time now, SenderOutput& out);
  void lose_link(SenderLink& link, Time now, SenderOutput& out);

  void on_srtla(SenderLink& link, ByteView datagram, Time now, SenderOutput& out);
  void on_reg2(ByteView reg2, Time now, SenderOutput& out);
  void on_reg3(SenderLink& link, ByteView reg3, Time now, SenderOutput& out);
  void on_no_such_group(SenderLink& link, Time now, SenderOutput& out);
  void on_refusal(ByteView refusal, Time now);
  bool is_proved(SenderLink& link, ByteView frame, SessionKeys::Toward toward, Time now);
  Frame registration_frame(SenderLink& link, PacketType type, Time now);
  void on_ack(SenderLink& link, ByteView ack, Time now, SenderOutput& out);
  void use_frames(bool now_framed);
  void on_report(ByteView frame, Time now, SenderOutput& out);
  void request_repair(SeqNo seq, Time now);
  void hedge_overdue(Time now);
  void queue_repair(SeqNo seq, Time now);
  void repair_flight_of(const SenderLink& link, Time now);
  void drain_repairs(Time now, SenderOutput& out);
  void on_srt_control_from_relay(ByteView packet, Time now, SenderOutput& out);
  void on_nak(ByteView nak, Time now, SenderOutput& out);

  void on_srt_control_from_rig(ByteView packet, Time now, SenderOutput& out);
  void on_srt_data_from_rig(ByteView packet, Time now, SenderOutput& out);
  void watch_handshake(ByteView packet);
  bool try_send(ByteView packet, Time since, Time now, SenderOutput& out);
  void copy_repair(SenderLink* link, ByteView packet, Time now, SenderOutput& out);
  bool is_last_chance(const SenderLink& link, std::size_t size, Time since, Time now) const;
  bool try_repair(ByteView packet, Time since, Time now, SenderOutput& out);
  void mend_switched_off(SenderLink& link, Time now);
  bool send_or_probe(SenderLink* link, ByteView packet, Time now, SenderOutput& out);
  ByteView framed_for(const SenderLink& link, ByteView packet);
  void probe(SenderLink& link, ByteView packet, Time now, SenderOutput& out);
  void send_on(SenderLink& link, ByteView packet, Time now, SenderOutput& out);
  void warm_up_idle(ByteView packet, const SenderLink& used, Time now, SenderOutput& out);
  void probe_suspects(ByteView packet, const SenderLink* used, Time now, SenderOutput& out);
  void drain(Time now, SenderOutput& out);
  bool drain_queue(PacketQueue& queue, Time now, SenderOutput& out);
};

}  // namespace aegis::bond
