// What the local SRT peer sends: control at once, data over the link that delivers it first.
#include "common/bond/sender_impl.hpp"

namespace aegis::bond {

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
  ages.reset();
  for (auto const& link : links) link->on_srt_restart();
}

void BondSender::Impl::on_srt_control_from_rig(ByteView packet, Time now, SenderOutput& out) {
  auto const type = srt::control_type(packet);
  auto const send = [&](SenderLink& link) {
    link.on_other_sent(Bytes::of(packet.size()), now);
    out.to_link(link.id(), packet);
  };
  auto* best = shortest_round_trip(links, now);
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
      if (link->is_registered() && link.get() != best) send(*link);
  }
  send(*best);
}

void BondSender::Impl::on_srt_data_from_rig(ByteView packet, Time now, SenderOutput& out) {
  ++counts.data_packets_in;
  hedges.on_packet();
  warm_ups.on_packet();
  next_tick = std::min(next_tick, now + kTick);
  bool const again = srt::is_retransmitted(packet);
  if (again) ++counts.retransmissions_in;
  if (!any_registered()) {
    ++counts.unroutable_packets;
    return;
  }
  if (framed && packet.size() > kMaxFramedDatagram) use_frames(false);
  if (framed && !again) buffer.add(srt::sequence(packet), packet, now);
  // SRT sends for a second at least what nobody waits for any more where the latency is shorter.
  if (!again) ages.on_fresh(packet, now);
  Time const since = again ? now - ages.of(packet, now) : now;
  if (now - since > max_queue_age) {
    ++counts.expired_packets;
    return;
  }
  auto& queue = again ? retransmissions : fresh;
  bool const first_in_line = again ? retransmissions.empty() : !backlog();
  if (first_in_line && try_send(packet, since, now, out)) return;
  if (queue.full()) {
    queue.pop();
    ++counts.overflow_packets;
  }
  queue.push(packet, since);
}

bool BondSender::Impl::try_send(ByteView packet, Time since, Time now, SenderOutput& out) {
  auto* link = earliest_delivery(links, Bytes::of(packet.size()), preference_of(since, now), now);
  return send_or_probe(link, packet, now, out);
}

bool BondSender::Impl::try_repair(ByteView packet, Time since, Time now, SenderOutput& out) {
  auto const choose = [&] {
    return earliest_delivery_elsewhere(links, srt::sequence(packet), Bytes::of(packet.size()),
                                       preference_of(since, now), now);
  };
  auto* link = choose();
  if (!send_or_probe(link, packet, now, out)) return false;
  if (link != nullptr && is_last_chance(*link, packet.size(), since, now))
    copy_repair(choose(), packet, now, out);
  return true;
}

void BondSender::Impl::copy_repair(SenderLink* link, ByteView packet, Time now, SenderOutput& out) {
  if (link == nullptr || !fresh.empty() || !hedges.allows()) return;
  hedges.spend();
  send_on(*link, packet, now, out);
}

// Were this repair lost, too, the next would be too late: the loss is known a way back after it
// should have arrived, and the next takes as long as this one.
bool BondSender::Impl::is_last_chance(const SenderLink& link, std::size_t size, Time since,
                                      Time now) const {
  Time const arrival = link.arrival_of(Bytes::of(size), now);
  Time const known = arrival + link.estimator().rtt().value_or(Duration::zero()) / 2;
  return known + (arrival - now) + kKnownLate > since + max_queue_age;
}

bool BondSender::Impl::send_or_probe(SenderLink* link, ByteView packet, Time now,
                                     SenderOutput& out) {
  if (link == nullptr) {
    // With no live link at all the packet itself is the probe.
    for (auto const& each : links) {
      if (each->state() == LinkState::kLive) return false;
    }
    for (auto const& each : links) {
      if (!each->takes_data(now)) continue;
      probe(*each, packet, now, out);
      return true;
    }
    return false;
  }
  send_on(*link, packet, now, out);
  probe_suspects(packet, link, now, out);
  if (!backlog()) warm_up_idle(packet, *link, now, out);
  return true;
}

void BondSender::Impl::warm_up_idle(ByteView packet, const SenderLink& used, Time now,
                                    SenderOutput& out) {
  for (auto const& link : links) {
    if (!warm_ups.allows()) return;
    if (link.get() == &used || link->priority() > used.priority() ||
        !link->wants_warm_up(used.usable_rate(), now))
      continue;
    warm_ups.spend();
    ByteView const frame = framed_for(*link, packet);
    link->on_warm_up_sent(srt::sequence(packet), Bytes::of(frame.size()), now);
    out.to_link(link->id(), frame);
  }
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
  allow_queues(now);
  drain_repairs(now, out);
  if (repairs.empty() && drain_queue(retransmissions, now, out)) drain_queue(fresh, now, out);
}

void BondSender::Impl::allow_queues(Time now) {
  Duration const wait = fresh.empty() ? Duration::zero() : now - fresh.front_queued();
  Duration const extra =
      framed ? wait / kQueueShareOfWait : kStockQueue + wait / kStockQueueShareOfWait;
  for (auto const& link : links) link->allow_queue(extra);
}

bool BondSender::Impl::drain_queue(PacketQueue& queue, Time now, SenderOutput& out) {
  while (!queue.empty()) {
    if (now - queue.front_queued() > max_queue_age) {
      ++counts.expired_packets;
    } else if (!try_send(queue.front(), queue.front_queued(), now, out)) {
      return false;
    }
    queue.pop();
  }
  return true;
}

}  // namespace aegis::bond
