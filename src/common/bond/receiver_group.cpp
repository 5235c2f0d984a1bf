#include "common/bond/receiver_group.hpp"

#include <algorithm>

#include "common/bond/sealed_frames.hpp"
#include "common/bond/srt_packet.hpp"

namespace aegis::bond {
namespace {

constexpr Duration kRateSpan = 1s;
// libsrt sends a full ACK every 10 ms, and the rig's answers each over the links. It says all that
// those before it said, so every third is enough (ACK filtering, RFC 3449 section 5.2.1); the last
// before a pause libsrt sends again until it is answered.
constexpr Duration kAckInterval = 25ms;

}  // namespace

std::optional<std::size_t> ReceiverGroup::add_link(const Endpoint& address, std::size_t limit,
                                                   Time now) {
  if (link_count_ >= std::min(limit, links_.size())) return std::nullopt;
  auto const free = std::find(links_.begin(), links_.end(), nullptr);
  *free = std::make_unique<Link>();
  Link& link = **free;
  link.address = address;
  link.joined = link.last_heard = link.rate_span_began = now;
  ++link_count_;
  auto const slot = static_cast<std::size_t>(free - links_.begin());
  reorder_.on_link_joined(slot, now);
  return slot;
}

void ReceiverGroup::remove_link(std::size_t slot, Time now) {
  links_[slot].reset();
  if (--link_count_ == 0) linkless_since_ = now;
  reorder_.on_link_gone(slot);
}

bool ReceiverGroup::is_delivering(std::size_t slot, Time now) const {
  Link const& link = *links_[slot];
  return link.last_delivered != Time() && now - link.last_delivered < kDelivering;
}

std::optional<std::pair<bool, Time>> ReceiverGroup::may_give_way(Time now) const {
  if (!was_accepted_) return std::pair(false, created_);
  if (now - last_media_ <= kQuiet) return std::nullopt;
  return std::pair(true, last_media_);
}

void ReceiverGroup::send(std::size_t slot, ByteView datagram, ReceiverOutput& out) {
  Link& link = *links_[slot];
  if (!link.proved && link.sent_bytes + datagram.size() > kUnprovedFactor * link.heard_bytes) {
    ++answers_withheld_;
    return;
  }
  link.sent_bytes += datagram.size();
  out.to_link(link.address, datagram);
}

void ReceiverGroup::on_telemetry(std::size_t slot, const LinkTelemetry& telemetry) {
  links_[slot]->telemetry = telemetry;
}

bool ReceiverGroup::passes_guard(ByteView datagram, srt::Side from) {
  bool const passes = guard_.passes(datagram, from);
  if (!passes) ++srt_refused_;
  return passes;
}

void ReceiverGroup::open(ReceiverOutput& out) {
  if (opened_) return;
  opened_ = true;
  out.group_opened(id_, proof_ ? std::optional(proof_->device.id) : std::nullopt);
}

void ReceiverGroup::count(Link& link, ByteView datagram, Time now) {
  if (now - link.rate_span_began >= kRateSpan) {
    link.rate = BitRate::from(Bytes(static_cast<std::int64_t>(link.rate_span_bytes)),
                              now - link.rate_span_began);
    link.rate_span_began = now;
    link.rate_span_bytes = 0;
  }
  link.rate_span_bytes += datagram.size();
  link.bytes += datagram.size();
  ++link.packets;
}

void ReceiverGroup::on_srt_from_link(std::size_t slot, ByteView datagram, Time now,
                                     ReceiverOutput& out) {
  on_heard(slot, datagram.size(), now);
  if (!passes_guard(datagram, srt::Side::kPublisher)) return;
  count(*links_[slot], datagram, now);
  if (!srt::is_control(datagram)) acknowledge(slot, srt::sequence(datagram), out);
  on_srt(slot, datagram, now, out);
}

void ReceiverGroup::on_link_frame(std::size_t slot, ByteView frame, Time now, ReceiverOutput& out) {
  Link& link = *links_[slot];
  on_heard(slot, frame.size(), now);
  LinkFrame const parsed = parse_link_frame(frame);
  auto const kind = classify(parsed.datagram);
  if (!framed_ || (kind != DatagramKind::kSrtData && kind != DatagramKind::kSrtControl)) return;
  if (!passes_guard(parsed.datagram, srt::Side::kPublisher)) return;
  count(link, frame, now);
  if (link.arrivals.on_arrival(parsed, frame.size(), now)) {
    reports_due_ = kReportRepeats;
    link.meter.on_number(parsed.number, now);
  }
  on_srt(slot, parsed.datagram, now, out);
  if (reports_due_ > 0 && now - last_report_ >= kReportInterval) report_arrivals(now, out);
}

void ReceiverGroup::report_arrivals(Time now, ReceiverOutput& out) {
  ArrivalReport report;
  report.number = report_number_++;
  report.relay_clock_us = static_cast<std::uint32_t>(now.time_since_epoch().count());
  for (auto const& link : links_)
    if (link && link->arrivals.started()) report.links[report.count++] = link->arrivals.report();
  --reports_due_;
  last_report_ = now;
  std::array<std::byte, kMaxDatagram> buffer;
  ByteView frame = write_report(report, buffer);
  if (proof_) frame = seal_report(frame, buffer, proof_->keys);
  to_last(frame, out);
  // A second copy over another link that delivers: the first may be lost, or late.
  for (std::size_t i = 1; i <= links_.size(); ++i) {
    std::size_t const slot = (report_slot_ + i) % links_.size();
    if (slot == last_slot_ || !links_[slot] || !is_delivering(slot, now)) continue;
    report_slot_ = slot;
    return send(slot, frame, out);
  }
}

void ReceiverGroup::on_srt(std::size_t slot, ByteView datagram, Time now, ReceiverOutput& out) {
  if (!is_wanted(datagram, now)) {
    ++stray_packets_;
    return;
  }
  last_slot_ = slot;
  open(out);
  if (!srt::is_control(datagram)) return on_data(slot, datagram, now, out);
  if (srt::control_type(datagram) == srt::ControlType::kHandshake) watch_handshake(datagram);
  if (srt::control_type(datagram) == srt::ControlType::kShutdown) server_socket_.reset();
  out.to_srt(id_, datagram);
}

// Until the server has accepted a connection there is nothing but its handshake, a few a second;
// then there is that connection and no other.
bool ReceiverGroup::is_wanted(ByteView datagram, Time now) {
  if (srt::is_control(datagram) && srt::control_type(datagram) == srt::ControlType::kHandshake)
    return handshakes_.take(kHandshakes, now);
  return server_socket_ == srt::destination_socket(datagram);
}

void ReceiverGroup::watch_handshake(ByteView packet) {
  auto const handshake = srt::parse_handshake(packet);
  if (!handshake || !handshake->is_conclusion() || handshake->socket_id == srt_socket_) return;
  srt_socket_ = handshake->socket_id;
  reorder_.on_start(handshake->initial_sequence);
}

void ReceiverGroup::on_data(std::size_t slot, ByteView packet, Time now, ReceiverOutput& out) {
  Link& link = *links_[slot];
  link.last_delivered = last_media_ = now;
  ++link.data;
  ++data_packets_;
  if (srt::is_retransmitted(packet)) {
    ++link.retransmitted;
    ++retransmitted_;
  }
  bool const is_new =
      reorder_.on_packet(packet, slot, now, [&](ByteView ready) { out.to_srt(id_, ready); });
  if (!is_new) ++link.duplicates;
  if (is_new && !srt::is_retransmitted(packet)) link.meter.on_media(srt::timestamp_us(packet), now);
}

void ReceiverGroup::acknowledge(std::size_t slot, SeqNo seq, ReceiverOutput& out) {
  Link& link = *links_[slot];
  link.unacknowledged[link.unacknowledged_count++] = seq;
  if (link.unacknowledged_count < kAckEntries) return;
  link.unacknowledged_count = 0;
  send(slot, make_ack(link.unacknowledged), out);
}

void ReceiverGroup::on_srt_from_server(ByteView datagram, Time now, ReceiverOutput& out) {
  if (!passes_guard(datagram, srt::Side::kServer)) return;
  if (!srt::is_control(datagram)) return to_last(datagram, out);
  switch (srt::control_type(datagram)) {
    case srt::ControlType::kAck:
      return on_ack_from_server(datagram, now, out);
    case srt::ControlType::kNak: {
      ++naks_from_srt_;
      auto const shaped = shaper_.shape(datagram, [&](SeqNo seq) {
        bool const allowed = reorder_.allow_request(seq, now);
        if (!allowed) ++entries_withheld_;
        return allowed;
      });
      if (!shaped) return;
      ++naks_forwarded_;
      return to_all_delivering(*shaped, now, out);
    }
    case srt::ControlType::kHandshake:
      watch_answer(datagram);
      return to_last(datagram, out);
    case srt::ControlType::kShutdown:
      if (srt::destination_socket(datagram) == srt_socket_) server_socket_.reset();
      to_all_delivering(datagram, now, out);
      return;
    default:
      return to_last(datagram, out);
  }
}

void ReceiverGroup::on_ack_from_server(ByteView datagram, Time now, ReceiverOutput& out) {
  auto const ack = srt::parse_ack(datagram);
  if (ack && ack->rtt) {  // a full one
    reorder_.on_srt_rtt(*ack->rtt, *ack->rtt_variance);
    if (framed_ && now - last_ack_ < kAckInterval) return;
    last_ack_ = now;
  }
  to_all_delivering(datagram, now, out);
}

void ReceiverGroup::watch_answer(ByteView packet) {
  auto const handshake = srt::parse_handshake(packet);
  if (!handshake) return;
  if (handshake->is_conclusion()) {
    server_socket_ = handshake->socket_id;
    was_accepted_ = true;
  }
  if (!handshake->receive_latency) return;
  latency_ = handshake->receive_latency;
  reorder_.on_latency(*latency_);
}

void ReceiverGroup::to_all_delivering(ByteView datagram, Time now, ReceiverOutput& out) {
  bool any = false;
  for (std::size_t slot = 0; slot < links_.size(); ++slot) {
    if (!links_[slot] || !is_delivering(slot, now)) continue;
    send(slot, datagram, out);
    any = true;
  }
  if (!any) to_last(datagram, out);
}

void ReceiverGroup::to_last(ByteView datagram, ReceiverOutput& out) {
  if (links_[last_slot_]) return send(last_slot_, datagram, out);
  auto const any =
      std::find_if(links_.begin(), links_.end(), [](auto const& l) { return l != nullptr; });
  if (any != links_.end()) send(static_cast<std::size_t>(any - links_.begin()), datagram, out);
}

void ReceiverGroup::on_timeout(Time now, ReceiverOutput& out) {
  reorder_.on_timeout(now, [&](ByteView ready) { out.to_srt(id_, ready); });
  if (reports_due_ > 0 && now - last_report_ >= kReportInterval) report_arrivals(now, out);
}

GroupFigures ReceiverGroup::figures(Time now) const {
  GroupFigures f;
  f.id = id_;
  f.created = created_;
  if (proof_) f.device = proof_->device.id;
  for (std::size_t slot = 0; slot < links_.size(); ++slot) {
    auto const& link = links_[slot];
    if (!link) continue;
    bool const fresh = now - link->rate_span_began < 2 * kRateSpan;
    f.links.push_back({.slot = slot,
                       .address = link->address,
                       .joined = link->joined,
                       .packets = link->packets,
                       .bytes = link->bytes,
                       .data_packets = link->data,
                       .retransmitted_packets = link->retransmitted,
                       .duplicate_packets = link->duplicates,
                       .rate = fresh ? link->rate : BitRate(),
                       .jitter = link->meter.jitter(),
                       .queueing = link->meter.queueing(now),
                       .loss = link->meter.loss(now),
                       .last_heard = link->last_heard,
                       .last_delivered = link->last_delivered,
                       .telemetry = link->telemetry});
  }
  f.data_packets = data_packets_;
  f.retransmitted_packets = retransmitted_;
  f.duplicate_packets = reorder_.figures().duplicates;
  f.late_packets = reorder_.figures().late;
  f.gaps_shown = reorder_.figures().gaps_shown;
  f.held_packets = reorder_.figures().held;
  f.srt_refused = srt_refused_;
  f.stray_packets = stray_packets_;
  f.answers_withheld = answers_withheld_;
  f.naks_from_srt = naks_from_srt_;
  f.naks_forwarded = naks_forwarded_;
  f.nak_entries_withheld = entries_withheld_;
  f.hold_limit = reorder_.hold_limit(now);
  f.latency = latency_;
  return f;
}

}  // namespace aegis::bond
