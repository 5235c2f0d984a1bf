// What comes back over the links: registration answers, acknowledgements, reports and SRT.
#include "common/bond/sealed_frames.hpp"
#include "common/bond/sender_impl.hpp"

namespace aegis::bond {

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
      return on_reg2(datagram, now, out);
    case PacketType::kReg3:
      return on_reg3(link, datagram, now, out);
    case PacketType::kRegNgp:
      return on_no_such_group(link, now, out);
    case PacketType::kRegErr:
    case PacketType::kRegNak:
      return on_refusal(datagram, now);
    case PacketType::kKeepalive:
      if (!is_proved(link, datagram, SessionKeys::Toward::kRelay, now)) return;
      return link.on_keepalive_echo(parse_keepalive(datagram), now);
    case PacketType::kAck:
      if (framed && identity.keys() != nullptr) return;  // reports tell, and are proved
      link.on_heard(now);
      return on_ack(link, datagram, now, out);
    case PacketType::kArrivalReport:
      if (!is_proved(link, datagram, SessionKeys::Toward::kRig, now)) return;
      return on_report(datagram, now, out);
    case PacketType::kReg1:
    case PacketType::kLinkData:
      ++counts.junk_from_links;
      return;
  }
}

// Whether a frame has the tag that it must have, if it must have any. The rig's own tag comes back
// with the echo of a keepalive.
bool BondSender::Impl::is_proved(SenderLink& link, ByteView frame, SessionKeys::Toward toward,
                                 Time now) {
  auto const* keys = identity.keys();
  if (identity.must_be_proved() && (keys == nullptr || !keys->opens(toward, frame))) {
    ++counts.unproved_answers;
    return false;
  }
  link.on_heard(now);
  link.on_proved(now);
  return true;
}

void BondSender::Impl::on_reg2(ByteView reg2, Time now, SenderOutput& out) {
  GroupToken const answer = parse_group_token(reg2);
  if (!registration.awaits(answer)) return;
  if (!identity.accept(answer)) {
    ++counts.unproved_answers;
    return;
  }
  counts.clock_refusal.reset();
  registration.on_reg2(answer, now);
  ++groups_joined;
  use_frames((relay_capabilities(answer).value_or(0) & kLinkFrames) != 0);
  run_registration(now, out);
}

void BondSender::Impl::on_reg3(SenderLink& link, ByteView reg3, Time now, SenderOutput& out) {
  if (identity.must_be_proved()) {
    auto const claim = identity.keys() ? open_reg3(reg3, *identity.keys()) : std::nullopt;
    if (!claim || claim->link != static_cast<std::uint8_t>(link.id().value) ||
        !link.take_answer(claim->counter)) {
      ++counts.unproved_answers;
      return;
    }
    link.on_proved(now);
  }
  link.on_registered(now);
  drain(now, out);
}

// A relay that was restarted knows nobody: this link registers anew. It has no keys any more to
// prove that with, so a paired rig believes it only where nothing that was proved comes any more.
void BondSender::Impl::on_no_such_group(SenderLink& link, Time now, SenderOutput& out) {
  if (identity.must_be_proved() && now - link.last_proved() < kProofKeepsFor) {
    ++counts.unproved_answers;
    return;
  }
  lose_link(link, now, out);
  registration.on_no_such_group(any_registered(), now);
  run_registration(now, out);
}

void BondSender::Impl::on_refusal(ByteView refusal, Time now) {
  ++counts.registration_refusals;
  if (auto const ahead = identity.clock_refusal(refusal, now)) counts.clock_refusal = ahead;
  registration.on_refused(now);
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
  for (auto const& link : links)
    if (link->may_still_arrive(seq, now)) return;
  queue_repair(seq, now);
}

// A packet that should have been reported by now may be stuck: a copy over another link costs
// little and is often in time where a repair would not be (re-injection, XLINK, SIGCOMM 2021).
// While there is time, it waits: a modem stalls far more often than it loses anything.
void BondSender::Impl::hedge_overdue(Time now) {
  for (auto const& link : links) {
    if (link->state() != LinkState::kLive) continue;
    fates.clear();
    link->list_overdue(max_queue_age / kHedgeShare, now, fates.lost);
    for (SeqNo const seq : fates.lost) {
      if (!hedges.allows()) return;
      auto* entry = buffer.find(seq);
      if (entry == nullptr || entry->repairs > 0) continue;
      hedges.spend();
      queue_repair(seq, now);
    }
  }
}

void BondSender::Impl::queue_repair(SeqNo seq, Time now) {
  auto* entry = buffer.find(seq);
  if (entry == nullptr || entry->queued || history.delivered(seq, now, max_queue_age)) return;
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

// Its last packets have no successors to tell of their loss: what is overdue counts as lost.
void BondSender::Impl::mend_switched_off(SenderLink& link, Time now) {
  fates.clear();
  link.take_overdue(now, fates.lost);
  for (SeqNo const seq : fates.lost)
    if (framed) request_repair(seq, now);
}

void BondSender::Impl::drain_repairs(Time now, SenderOutput& out) {
  while (!repairs.empty()) {
    auto* entry = buffer.find(repairs.front());
    bool const wanted = entry != nullptr && !history.delivered(repairs.front(), now, max_queue_age);
    if (wanted && now - entry->first_sent <= max_queue_age) {
      ByteView const packet = buffer.packet(*entry);
      std::copy(packet.begin(), packet.end(), repair_copy.begin());
      srt::mark_retransmitted(repair_copy);
      if (!try_repair(ByteView(repair_copy).first(packet.size()), entry->first_sent, now, out))
        return;
      if (entry->repairs < 255) ++entry->repairs;
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
    auto const* best = shortest_round_trip(links, now);
    Duration const rtt = best ? best->estimator().rtt().value_or(Duration(100ms)) : Duration(100ms);
    return !history.delivered(seq, now, 2 * rtt + 40ms);
  });
  if (shaped) out.to_srt(*shaped);
  drain(now, out);
}

}  // namespace aegis::bond
