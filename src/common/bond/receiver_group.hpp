// One group at the relay: its links, their acknowledgements, and the SRT connection they carry.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "common/bond/arrival_log.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/link_meter.hpp"
#include "common/bond/nak_shaper.hpp"
#include "common/bond/proof.hpp"
#include "common/bond/receiver.hpp"
#include "common/bond/reorder.hpp"
#include "common/bond/source_limiter.hpp"
#include "common/bond/srt_guard.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// Of a group whose rig has proved which device it is.
struct GroupProof {
  Device device;
  SessionKeys keys;
  ReplayWindow counters;  // of REG2
};

class ReceiverGroup {
 public:
  ReceiverGroup(GroupId id, const GroupToken& token, PacketPool& pool, Time now)
      : id_(id),
        token_(token),
        framed_((relay_capabilities(token).value_or(0) & kLinkFrames) != 0),
        created_(now),
        linkless_since_(now),
        reorder_(pool) {
    reorder_.sender_repairs(framed_);
  }

  GroupId id() const { return id_; }
  const GroupToken& token() const { return token_; }
  void set_proof(GroupProof proof) { proof_ = std::move(proof); }
  GroupProof* proof() { return proof_ ? &*proof_ : nullptr; }

  // Links are numbered by slot; a slot is used again when its link is gone.
  std::size_t link_count() const { return link_count_; }
  std::optional<std::size_t> add_link(const Endpoint& address, std::size_t limit, Time now);
  const Endpoint& address_of(std::size_t slot) const { return links_[slot]->address; }
  // Delivered media lately: such a link is not taken from its group by another registration.
  bool is_delivering(std::size_t slot, Time now) const;

  // So many bytes came over the link; what is not SRT is answered by the caller.
  void on_heard(std::size_t slot, std::size_t bytes, Time now) {
    links_[slot]->last_heard = now;
    links_[slot]->heard_bytes += bytes;
  }
  // The link's address has received what was sent to it.
  void prove(std::size_t slot) { links_[slot]->proved = true; }
  // To the link, within what may be sent to an address that somebody may have forged.
  void send(std::size_t slot, ByteView datagram, ReceiverOutput& out);
  void on_telemetry(std::size_t slot, const LinkTelemetry& telemetry);

  // SRT, either way.
  void on_srt_from_link(std::size_t slot, ByteView datagram, Time now, ReceiverOutput& out);
  // A link frame of an Aegis sender: an SRT datagram with a number on its link.
  void on_link_frame(std::size_t slot, ByteView frame, Time now, ReceiverOutput& out);
  void on_srt_from_server(ByteView datagram, Time now, ReceiverOutput& out);
  void on_timeout(Time now, ReceiverOutput& out);
  // Wants on_timeout() every few milliseconds.
  bool wants_ticks() const { return reorder_.holding() || reports_due_ > 0; }

  // Removes links that have been silent; calls `gone(address)` for each.
  template <typename Gone>
  void expire_links(Duration timeout, Time now, Gone gone) {
    for (std::size_t slot = 0; slot < links_.size(); ++slot) {
      if (!links_[slot] || now - links_[slot]->last_heard <= timeout) continue;
      gone(links_[slot]->address);
      remove_link(slot, now);
    }
  }
  void remove_link(std::size_t slot, Time now);
  template <typename Each>
  void for_each_link(Each each) const {
    for (auto const& link : links_)
      if (link) each(link->address);
  }

  // The shell was told of the group.
  bool is_open() const { return opened_; }
  // The SRT server has accepted a connection of this group, now or once.
  bool was_accepted() const { return was_accepted_; }
  // For groups that may give way to a new one: those that were never accepted come first, then
  // those that carry nothing any more, by how long they have not. Nothing for the others.
  std::optional<std::pair<bool, Time>> may_give_way(Time now) const;
  Time created() const { return created_; }
  // Nothing when the group has links.
  std::optional<Time> linkless_since() const {
    return link_count_ == 0 ? std::optional(linkless_since_) : std::nullopt;
  }

  GroupFigures figures(Time now) const;

 private:
  struct Link {
    Endpoint address;
    Time joined{}, last_heard{}, last_delivered{};
    std::array<SeqNo, kAckEntries> unacknowledged;
    std::size_t unacknowledged_count = 0;
    bool proved = false;
    std::uint64_t heard_bytes = 0, sent_bytes = 0;
    std::uint64_t packets = 0, bytes = 0, data = 0, retransmitted = 0, duplicates = 0;
    Time rate_span_began{};
    std::uint64_t rate_span_bytes = 0;
    BitRate rate;
    std::optional<LinkTelemetry> telemetry;
    ArrivalLog arrivals;
    LinkMeter meter;
  };
  // A link that has delivered nothing for so long is left out when answers are fanned out.
  static constexpr Duration kDelivering = 1s;

  // Callers ask four times a second, bonds send each packet over two links.
  static constexpr TokenBucket::Limit kHandshakes{50ms, 100};
  // A group that has carried no media for so long may give way.
  static constexpr Duration kQuiet = 10s;

  // As in QUIC (RFC 9000 section 8.1): an address gets so many times what came from it, until it
  // is known to receive.
  static constexpr std::uint64_t kUnprovedFactor = 3;

  // Arrivals are reported this often at most, on two links.
  static constexpr Duration kReportInterval = 8ms;
  // The last arrivals before a pause are told so often: no later report repeats them.
  static constexpr int kReportRepeats = 3;

  bool passes_guard(ByteView datagram, srt::Side from);
  bool is_wanted(ByteView datagram, Time now);
  void on_ack_from_server(ByteView datagram, Time now, ReceiverOutput& out);
  void watch_answer(ByteView packet);
  void open(ReceiverOutput& out);
  void report_arrivals(Time now, ReceiverOutput& out);
  void acknowledge(std::size_t slot, SeqNo seq, ReceiverOutput& out);
  void on_srt(std::size_t slot, ByteView datagram, Time now, ReceiverOutput& out);
  void on_data(std::size_t slot, ByteView packet, Time now, ReceiverOutput& out);
  void watch_handshake(ByteView packet);
  void count(Link& link, ByteView datagram, Time now);
  void to_all_delivering(ByteView datagram, Time now, ReceiverOutput& out);
  void to_last(ByteView datagram, ReceiverOutput& out);

  GroupId id_;
  GroupToken token_;
  bool framed_;  // the sender is an Aegis, too
  std::optional<GroupProof> proof_;
  Time created_, linkless_since_;
  std::array<std::unique_ptr<Link>, Reorder::kMaxLinks> links_;
  std::size_t link_count_ = 0;
  std::size_t last_slot_ = 0;  // the link that SRT was heard on last
  bool opened_ = false;
  std::uint32_t srt_socket_ = 0;  // of the publisher
  std::optional<std::uint32_t>
      server_socket_;  // of the server, while it has accepted the publisher
  bool was_accepted_ = false;
  Time last_media_{};
  TokenBucket handshakes_;
  std::optional<Duration> latency_;
  srt::Guard guard_;
  std::uint64_t srt_refused_ = 0, answers_withheld_ = 0, stray_packets_ = 0;
  Reorder reorder_;
  NakShaper shaper_;
  std::uint64_t data_packets_ = 0, retransmitted_ = 0;
  int reports_due_ = 0;
  Time last_report_{}, last_ack_{};
  std::uint32_t report_number_ = 0;
  std::size_t report_slot_ = 0;  // the other link that reports go over, in turn
  std::uint64_t naks_from_srt_ = 0, naks_forwarded_ = 0, entries_withheld_ = 0;
};

}  // namespace aegis::bond
