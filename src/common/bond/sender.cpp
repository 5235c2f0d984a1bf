#include "common/bond/sender.hpp"

#include <algorithm>
#include <array>

#include "common/bond/control_dedup.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/nak_shaper.hpp"
#include "common/bond/packet_queue.hpp"
#include "common/bond/repair_buffer.hpp"
#include "common/bond/scheduler.hpp"
#include "common/bond/sender_link.hpp"
#include "common/bond/sender_registration.hpp"
#include "common/bond/seq_history.hpp"
#include "common/bond/seq_queue.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond {
namespace {

constexpr std::size_t kQueueCapacity = 8192;  // packets: 2 s at 40 Mbit/s
// How often overdue packets, silence and the queue are looked at while packets are on their way.
constexpr Duration kTick = 20ms;
constexpr Duration kIdleTick = 250ms;

}  // namespace

struct BondSender::Impl {
  Impl(const SenderConfig& config, const GroupToken& seed)
      : capabilities(config.capabilities),
        max_queue_age(config.max_queue_age),
        registration(our_seed(seed)) {}

  GroupToken our_seed(GroupToken seed) const {
    if (capabilities != 0) write_client_capabilities(seed, capabilities);
    return seed;
  }

  std::uint32_t capabilities;

  Duration max_queue_age;
  SenderRegistration registration;
  std::vector<std::unique_ptr<SenderLink>> links;
  std::uint32_t next_link_id = 1;
  PacketQueue retransmissions{kQueueCapacity}, fresh{kQueueCapacity};
  ControlDedup controls;
  NakShaper shaper;
  SeqHistory history;
  bool framed =
      false;  // the relay is an Aegis, too: link frames, arrival reports, repairs of our own
  RepairBuffer buffer;
  SeqQueue repairs;  // sequence numbers in the buffer that are to be sent again
  Fates fates;
  std::array<std::byte, kMaxDatagram> scratch, repair_copy;
  std::uint32_t srt_socket = 0;  // of the local SRT peer, as its handshake said
  std::uint32_t handshakes = 0;
  Time next_tick{};
  SenderFigures counts;

  SenderLink* find(LinkId id);
  bool any_registered() const;
  bool backlog() const { return !fresh.empty() || !retransmissions.empty() || !repairs.empty(); }

  void run_registration(Time now, SenderOutput& out);
  void lose_link(SenderLink& link, Time now, SenderOutput& out);

  void on_srtla(SenderLink& link, ByteView datagram, Time now, SenderOutput& out);
  void on_ack(SenderLink& link, ByteView ack, Time now, SenderOutput& out);
  void use_frames(bool now_framed);
  void on_report(ByteView frame, Time now, SenderOutput& out);
  void request_repair(SeqNo seq, Time now);
  void repair_flight_of(const SenderLink& link, Time now);
  void drain_repairs(Time now, SenderOutput& out);
  void on_srt_control_from_relay(ByteView packet, Time now, SenderOutput& out);
  void on_nak(ByteView nak, Time now, SenderOutput& out);

  void on_srt_control_from_rig(ByteView packet, Time now, SenderOutput& out);
  void on_srt_data_from_rig(ByteView packet, Time now, SenderOutput& out);
  void watch_handshake(ByteView packet);
  bool try_send(ByteView packet, Time now, SenderOutput& out);
  ByteView framed_for(const SenderLink& link, ByteView packet);
  void probe(SenderLink& link, ByteView packet, Time now, SenderOutput& out);
  void send_on(SenderLink& link, ByteView packet, Time now, SenderOutput& out);
  void probe_suspects(ByteView packet, const SenderLink* used, Time now, SenderOutput& out);
  void drain(Time now, SenderOutput& out);
  bool drain_queue(PacketQueue& queue, Time now, SenderOutput& out);
};

BondSender::BondSender(const SenderConfig& config, const GroupToken& seed)
    : impl_(std::make_unique<Impl>(config, seed)) {}
BondSender::~BondSender() = default;

SenderLink* BondSender::Impl::find(LinkId id) {
  auto const found =
      std::find_if(links.begin(), links.end(), [&](auto const& link) { return link->id() == id; });
  return found == links.end() ? nullptr : found->get();
}

bool BondSender::Impl::any_registered() const {
  return std::any_of(links.begin(), links.end(),
                     [](auto const& link) { return link->state() != LinkState::kConnecting; });
}

// --- Links and registration --------------------------------------------------------------------

LinkId BondSender::add_link(Time now, SenderOutput& out) {
  LinkId const id{impl_->next_link_id++};
  impl_->links.push_back(std::make_unique<SenderLink>(id, now));
  impl_->links.back()->use_frames(impl_->framed);
  impl_->registration.on_link_added(now);
  impl_->run_registration(now, out);
  return id;
}

void BondSender::remove_link(LinkId link, Time now, SenderOutput& out) {
  std::erase_if(impl_->links, [&](auto const& each) { return each->id() == link; });
  impl_->drain(now, out);
}

void BondSender::on_send_failure(LinkId id, Time now, SenderOutput& out) {
  if (auto* link = impl_->find(id)) impl_->lose_link(*link, now, out);
}

void BondSender::restart(const GroupToken& seed, Time now, SenderOutput& out) {
  for (auto const& link : impl_->links) link->on_lost();
  impl_->registration.restart(impl_->our_seed(seed), now);
  impl_->run_registration(now, out);
}

void BondSender::Impl::lose_link(SenderLink& link, Time now, SenderOutput& out) {
  if (link.state() == LinkState::kConnecting) return;
  if (framed) repair_flight_of(link, now);
  link.on_lost();
  drain(now, out);
}

void BondSender::Impl::run_registration(Time now, SenderOutput& out) {
  std::array<LinkId, 64> waiting;
  std::size_t count = 0;
  for (auto const& link : links)
    if (link->state() == LinkState::kConnecting && count < waiting.size())
      waiting[count++] = link->id();
  registration.on_timeout(std::span(waiting).first(count), now, [&](LinkId id, PacketType type) {
    Frame const frame =
        type == PacketType::kReg1 ? make_reg1(registration.id()) : make_reg2(registration.id());
    find(id)->on_other_sent(Bytes::of(frame.size()), now);
    out.to_link(id, frame);
  });
}

// --- From the relay ----------------------------------------------------------------------------

void BondSender::on_link_datagram(LinkId id, ByteView datagram, Time now, SenderOutput& out) {
  auto* link = impl_->find(id);
  if (link == nullptr) return;
  switch (classify(datagram)) {
    case DatagramKind::kSrtla:
      return impl_->on_srtla(*link, datagram, now, out);
    case DatagramKind::kSrtControl:
      link->on_heard(now);
      return impl_->on_srt_control_from_relay(datagram, now, out);
    case DatagramKind::kSrtData:  // a relay may send media back: SRT is symmetric
      link->on_heard(now);
      return out.to_srt(datagram);
    case DatagramKind::kJunk:
      ++impl_->counts.junk_from_links;
      return;
  }
}

void BondSender::Impl::on_srtla(SenderLink& link, ByteView datagram, Time now, SenderOutput& out) {
  switch (*srtla_type(datagram)) {
    case PacketType::kReg2:
      if (!registration.on_reg2(parse_group_token(datagram), now)) return;
      use_frames((relay_capabilities(registration.id()).value_or(0) & kLinkFrames) != 0);
      return run_registration(now, out);
    case PacketType::kReg3:
      link.on_registered(now);
      return drain(now, out);
    case PacketType::kRegNgp:
      // A relay that was restarted knows nobody: this link registers anew.
      lose_link(link, now, out);
      registration.on_no_such_group(any_registered(), now);
      return run_registration(now, out);
    case PacketType::kRegErr:
    case PacketType::kRegNak:
      ++counts.registration_refusals;
      return registration.on_refused(now);
    case PacketType::kKeepalive:
      link.on_heard(now);
      return link.on_keepalive_echo(parse_keepalive(datagram), now);
    case PacketType::kAck:
      link.on_heard(now);
      return on_ack(link, datagram, now, out);
    case PacketType::kArrivalReport:
      link.on_heard(now);
      return on_report(datagram, now, out);
    case PacketType::kReg1:
    case PacketType::kLinkData:
      ++counts.junk_from_links;
      return;
  }
}

void BondSender::Impl::on_ack(SenderLink& link, ByteView ack, Time now, SenderOutput& out) {
  link.on_acked(ack, now);
  for_each_acked(ack, [&](SeqNo seq) { history.on_delivered(seq, now); });
  drain(now, out);
}

// --- Aegis at both ends -------------------------------------------------------------------------

void BondSender::Impl::use_frames(bool now_framed) {
  framed = now_framed;
  for (auto const& link : links) link->use_frames(framed);
}

void BondSender::Impl::on_report(ByteView frame, Time now, SenderOutput& out) {
  ArrivalReport const report = parse_report(frame);
  for (auto const& arrivals : std::span(report.links).first(report.count)) {
    auto const named = std::find_if(links.begin(), links.end(), [&](auto const& each) {
      return static_cast<std::uint8_t>(each->id().value) == arrivals.link;
    });
    if (named == links.end()) continue;
    auto* link = named->get();
    fates.clear();
    link->on_report(arrivals, report.relay_clock_us, now, fates);
    for (SeqNo const seq : fates.delivered) history.on_delivered(seq, now);
    for (SeqNo const seq : fates.lost) request_repair(seq, now);
  }
  drain(now, out);
}

// A loss is the bond's to mend: the packet goes again, once, before anything fresh.
void BondSender::Impl::request_repair(SeqNo seq, Time now) {
  auto* entry = buffer.find(seq);
  if (entry == nullptr || entry->queued || history.delivered(seq, now, max_queue_age)) return;
  for (auto const& link : links)
    if (link->may_still_arrive(seq, now)) return;
  if (repairs.full()) {
    ++counts.overflow_packets;
    return;
  }
  entry->queued = true;
  repairs.push(seq);
}

void BondSender::Impl::repair_flight_of(const SenderLink& link, Time now) {
  fates.clear();
  link.list_flight(fates.lost);
  for (SeqNo const seq : fates.lost) request_repair(seq, now);
}

void BondSender::Impl::drain_repairs(Time now, SenderOutput& out) {
  while (!repairs.empty()) {
    auto* entry = buffer.find(repairs.front());
    bool const wanted = entry != nullptr && !history.delivered(repairs.front(), now, max_queue_age);
    if (wanted && now - entry->first_sent <= max_queue_age) {
      ByteView const packet = buffer.packet(*entry);
      std::copy(packet.begin(), packet.end(), repair_copy.begin());
      srt::mark_retransmitted(repair_copy);
      if (!try_send(ByteView(repair_copy).first(packet.size()), now, out)) return;
      entry->repaired = now;
      ++counts.repaired_packets;
    } else if (wanted) {
      ++counts.expired_packets;
    }
    if (entry != nullptr) entry->queued = false;
    repairs.pop();
  }
}

void BondSender::Impl::on_srt_control_from_relay(ByteView packet, Time now, SenderOutput& out) {
  if (!controls.is_new(packet)) {
    ++counts.duplicate_controls;
    return;
  }
  switch (srt::control_type(packet)) {
    case srt::ControlType::kNak:
      return on_nak(packet, now, out);
    case srt::ControlType::kAck:
      if (auto const ack = srt::parse_ack(packet)) {
        for (auto const& link : links) link->on_srt_progress(ack->next_expected, now);
        buffer.forget_before(ack->next_expected);
      }
      break;
    case srt::ControlType::kHandshake:
      if (auto const handshake = srt::parse_handshake(packet);
          handshake && handshake->receive_latency)
        max_queue_age = std::max<Duration>(*handshake->receive_latency, 100ms);
      break;
    default:
      break;
  }
  out.to_srt(packet);
}

void BondSender::Impl::on_nak(ByteView nak, Time now, SenderOutput& out) {
  auto const shaped = shaper.shape(nak, [&](SeqNo seq) {
    for (auto const& link : links) {
      if (link->may_still_arrive(seq, now)) return false;
      link->on_srt_loss(seq);
    }
    if (framed && buffer.find(seq) != nullptr) {
      request_repair(seq, now);
      return false;
    }
    auto const* best = shortest_round_trip(links);
    Duration const rtt = best ? best->estimator().rtt().value_or(Duration(100ms)) : Duration(100ms);
    return !history.delivered(seq, now, 2 * rtt + 40ms);
  });
  if (shaped) out.to_srt(*shaped);
  drain(now, out);
}

// --- From the local SRT peer -------------------------------------------------------------------

void BondSender::on_srt_datagram(ByteView datagram, Time now, SenderOutput& out) {
  switch (classify(datagram)) {
    case DatagramKind::kSrtControl:
      ++impl_->counts.srt_packets_in;
      return impl_->on_srt_control_from_rig(datagram, now, out);
    case DatagramKind::kSrtData:
      ++impl_->counts.srt_packets_in;
      return impl_->on_srt_data_from_rig(datagram, now, out);
    case DatagramKind::kSrtla:
    case DatagramKind::kJunk:
      ++impl_->counts.junk_from_srt;
      return;
  }
}

void BondSender::Impl::watch_handshake(ByteView packet) {
  auto const handshake = srt::parse_handshake(packet);
  if (!handshake || !handshake->is_conclusion() || handshake->socket_id == srt_socket) return;
  // Another SRT connection: its sequence numbers have nothing to do with the last one's.
  srt_socket = handshake->socket_id;
  counts.expired_packets += retransmissions.size() + fresh.size();  // with their connection
  retransmissions.clear();
  fresh.clear();
  repairs.clear();
  buffer.clear();
  history.clear();
  for (auto const& link : links) link->on_srt_restart();
}

void BondSender::Impl::on_srt_control_from_rig(ByteView packet, Time now, SenderOutput& out) {
  auto const type = srt::control_type(packet);
  auto const send = [&](SenderLink& link) {
    link.on_other_sent(Bytes::of(packet.size()), now);
    out.to_link(link.id(), packet);
  };
  auto* best = shortest_round_trip(links);
  if (best == nullptr) {
    ++counts.unroutable_packets;
    return;
  }
  if (type == srt::ControlType::kHandshake) {
    watch_handshake(packet);
    // Repeated by SRT until it is answered: each time on another link, lest a dead one swallow all.
    std::size_t const start = handshakes++ % links.size();
    for (std::size_t i = 0; i < links.size() && handshakes > 2; ++i) {
      auto& link = *links[(start + i) % links.size()];
      if (link.state() == LinkState::kLive) return send(link);
    }
  } else if (type == srt::ControlType::kShutdown) {
    for (auto const& link : links)
      if (link->state() != LinkState::kConnecting && link.get() != best) send(*link);
  }
  send(*best);
}

void BondSender::Impl::on_srt_data_from_rig(ByteView packet, Time now, SenderOutput& out) {
  ++counts.data_packets_in;
  next_tick = std::min(next_tick, now + kTick);
  bool const again = srt::is_retransmitted(packet);
  if (again) ++counts.retransmissions_in;
  if (!any_registered()) {
    ++counts.unroutable_packets;
    return;
  }
  if (framed && packet.size() > kMaxFramedDatagram) use_frames(false);
  if (framed && !again) buffer.add(srt::sequence(packet), packet, now);
  auto& queue = again ? retransmissions : fresh;
  bool const first_in_line = again ? retransmissions.empty() : !backlog();
  if (first_in_line && try_send(packet, now, out)) return;
  if (queue.full()) {
    queue.pop();
    ++counts.overflow_packets;
  }
  queue.push(packet, now);
}

bool BondSender::Impl::try_send(ByteView packet, Time now, SenderOutput& out) {
  auto* link = earliest_delivery(links, Bytes::of(packet.size()), now);
  if (link == nullptr) {
    // With no live link at all the packet itself is the probe.
    for (auto const& each : links) {
      if (each->state() == LinkState::kLive) return false;
    }
    for (auto const& each : links) {
      if (!each->wants_probe(now)) continue;
      probe(*each, packet, now, out);
      return true;
    }
    return false;
  }
  send_on(*link, packet, now, out);
  probe_suspects(packet, link, now, out);
  return true;
}

void BondSender::Impl::send_on(SenderLink& link, ByteView packet, Time now, SenderOutput& out) {
  ByteView const frame = framed_for(link, packet);
  link.on_data_sent(srt::sequence(packet), Bytes::of(frame.size()), backlog(),
                    srt::is_retransmitted(packet), now);
  out.to_link(link.id(), frame);
}

void BondSender::Impl::probe_suspects(ByteView packet, const SenderLink* used, Time now,
                                      SenderOutput& out) {
  for (auto const& link : links) {
    if (link.get() == used || !link->wants_probe(now)) continue;
    probe(*link, packet, now, out);
  }
}

void BondSender::Impl::probe(SenderLink& link, ByteView packet, Time now, SenderOutput& out) {
  ByteView const frame = framed_for(link, packet);
  link.on_probe_sent(srt::sequence(packet), Bytes::of(frame.size()), now);
  out.to_link(link.id(), frame);
}

// The packet as it goes over this link, in the link frame that on_data_sent() will count.
ByteView BondSender::Impl::framed_for(const SenderLink& link, ByteView packet) {
  if (!framed) return packet;
  return write_link_frame({.link = static_cast<std::uint8_t>(link.id().value),
                           .number = link.next_number(),
                           .datagram = packet},
                          scratch);
}

// Retransmissions overtake fresh packets; what is too old to be of use is dropped, not sent.
void BondSender::Impl::drain(Time now, SenderOutput& out) {
  drain_repairs(now, out);
  if (repairs.empty() && drain_queue(retransmissions, now, out)) drain_queue(fresh, now, out);
}

bool BondSender::Impl::drain_queue(PacketQueue& queue, Time now, SenderOutput& out) {
  while (!queue.empty()) {
    if (now - queue.front_queued() > max_queue_age) {
      ++counts.expired_packets;
    } else if (!try_send(queue.front(), now, out)) {
      return false;
    }
    queue.pop();
  }
  return true;
}

// --- Time --------------------------------------------------------------------------------------

void BondSender::on_timeout(Time now, SenderOutput& out) {
  auto& self = *impl_;
  bool lost = false;
  for (auto const& link : self.links) {
    if (link->check_overdue(now) && self.framed) self.repair_flight_of(*link, now);
    if (link->is_silent(now)) {
      link->on_lost();
      lost = true;
    }
    if (link->state() != LinkState::kConnecting && now >= link->next_keepalive()) {
      Frame const keepalive = link->make_keepalive(now);
      link->on_other_sent(Bytes::of(keepalive.size()), now);
      out.to_link(link->id(), keepalive);
    }
  }
  if (lost) self.registration.on_link_added(now);
  self.run_registration(now, out);
  self.buffer.forget_older_than(now - self.max_queue_age);
  self.drain(now, out);
  bool const busy = self.backlog() || std::any_of(self.links.begin(), self.links.end(),
                                                  [](auto const& l) { return l->has_flight(); });
  self.next_tick = now + (busy ? kTick : kIdleTick);
}

Time BondSender::next_timeout() const {
  bool const connecting =
      std::any_of(impl_->links.begin(), impl_->links.end(),
                  [](auto const& link) { return link->state() == LinkState::kConnecting; });
  return connecting ? std::min(impl_->next_tick, impl_->registration.next_timeout())
                    : impl_->next_tick;
}

bool BondSender::registered() const {
  return impl_->any_registered();
}

SenderFigures BondSender::figures(Time now) const {
  SenderFigures figures = impl_->counts;
  figures.registered = impl_->any_registered();
  figures.aegis_peer = impl_->framed;
  for (auto const& link : impl_->links) figures.links.push_back(link->figures(now));
  figures.queued_packets = impl_->fresh.size() + impl_->retransmissions.size();
  if (!impl_->fresh.empty()) figures.queue_age = now - impl_->fresh.front_queued();
  return figures;
}

}  // namespace aegis::bond
