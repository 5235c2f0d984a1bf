#include "sim/model_link.hpp"

#include <algorithm>

#include "sim/srt_format.hpp"
#include "sim/srtla_format.hpp"

namespace aegis::sim {
namespace {

// The place of the IP and UDP headers carries what the observer wants to know at the other end.
constexpr std::size_t kSentAt = 0, kUnloadedAt = 8, kDataAt = 16, kPortAt = 17;
constexpr unsigned kUsefulAfter = 20;
// An outage is judged by what happens in it and for so long after it.
constexpr Duration kAftermath = 3s;

bool is_srt_data(ByteView datagram) {
  return datagram.size() > kSrtHeader && is_data(datagram);
}

std::uint64_t ticks(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}
Time from_ticks(std::uint64_t value) {
  return Time(Duration(static_cast<Duration::rep>(value)));
}

emulator::PacketBytes wrap(ByteView datagram, std::uint16_t port) {
  emulator::PacketBytes packet(kIpUdp + datagram.size());
  store_u16(packet, kPortAt, port);
  std::copy(datagram.begin(), datagram.end(), packet.begin() + kIpUdp);
  return packet;
}

}  // namespace

ModelLink::ModelLink(const LinkPlan& plan, std::uint8_t number, std::uint64_t seed, Time start)
    : plan_(plan),
      up_(plan.up, seed * 2 + 1, start),
      down_(plan.down, seed * 2 + 2, start),
      start_(start),
      address_(Endpoint::v4(10, 0, number, 1, 40000)),
      came_back_(plan.up.outages.size()) {
  for (auto const& outage : plan.up.outages) {
    OutageReport& report = counts_.outages.emplace_back();
    report.start = outage.start;
    report.length = outage.length;
  }
  for (std::size_t i = 0; i + 1 < counts_.outages.size(); ++i) {
    OutageReport& outage = counts_.outages[i];
    OutageReport& next = counts_.outages[i + 1];
    if (outage.start + outage.length + kAftermath > next.start)
      outage.disturbed = next.disturbed = true;
  }
}

void ModelLink::plug(LinkId id, Time now) {
  disturb(now);
  id_ = id;
  address_ = address_.with_port(static_cast<std::uint16_t>(address_.port() + 1));
}

void ModelLink::unplug(Time now) {
  disturb(now);
  id_.reset();
}

void ModelLink::disturb(Time now) {
  for (OutageReport& outage : counts_.outages) {
    Time const begin = start_ + outage.start;
    bool const near = now > begin - kAftermath && now < begin + outage.length + kAftermath;
    outage.disturbed = outage.disturbed || near;
  }
}

// When a packet that came now would be through if nothing of ours stood before it.
Time ModelLink::unloaded_departure(std::size_t size, Time now) {
  if (const auto& trace = plan_.up.trace) {
    while (start_ + trace->at(opportunity_) < now) ++opportunity_;
    return start_ + trace->at(opportunity_);
  }
  return plan_.up.rate ? now + Bytes::of(size) / *plan_.up.rate : now;
}

OutageReport* ModelLink::outage_at(Time now) {
  for (OutageReport& outage : counts_.outages)
    if (now >= start_ + outage.start && now < start_ + outage.start + outage.length) return &outage;
  return nullptr;
}

void ModelLink::send_up(ByteView datagram, Time now) {
  auto packet = wrap(datagram, address_.port());
  bool const data = is_srt_data(srtla::srt_inside(datagram));
  store_u64(packet, kSentAt, ticks(now));
  store_u64(packet, kUnloadedAt, ticks(unloaded_departure(packet.size(), now)));
  packet[kDataAt] = static_cast<std::byte>(data);
  ++counts_.wire_packets;
  counts_.wire_bytes += packet.size();
  if (data) {
    ++counts_.data_packets;
    if (auto* outage = outage_at(now)) {
      ++outage->into_the_dark;
      if (!outage->met) outage->met = now - start_ - outage->start;
    }
  }
  up_.push(std::move(packet), now);
}

void ModelLink::send_down(ByteView datagram, Time now) {
  down_.push(wrap(datagram, address_.port()), now);
}

std::optional<ByteView> ModelLink::arrived_up(Time now) {
  while (auto packet = up_.pop(now)) {
    out_ = std::move(*packet);
    bool const data = out_[kDataAt] != std::byte{0};
    observe_arrival(from_ticks(load_u64(out_, kSentAt)), from_ticks(load_u64(out_, kUnloadedAt)),
                    data, now);
    if (id_ && load_u16(out_, kPortAt) == address_.port()) return ByteView(out_).subspan(kIpUdp);
  }
  return std::nullopt;
}

std::optional<ByteView> ModelLink::arrived_down(Time now) {
  while (auto packet = down_.pop(now)) {
    out_ = std::move(*packet);
    if (id_ && load_u16(out_, kPortAt) == address_.port()) return ByteView(out_).subspan(kIpUdp);
  }
  return std::nullopt;
}

void ModelLink::observe_arrival(Time sent, Time unloaded, bool data, Time now) {
  if (!data) return;
  ++data_arrived_;
  // Jitter cannot be told from queueing here, so all of it is granted.
  Duration const granted = plan_.up.delay + plan_.up.jitter.span;
  caused_.add(std::max(Duration::zero(), now - granted - unloaded));
  for (std::size_t i = 0; i < came_back_.size(); ++i) {
    OutageReport& outage = counts_.outages[i];
    Time const end = start_ + outage.start + outage.length;
    if (now >= end + 1s && now < end + 2s) outage.carried += out_.size();
    if (outage.readmitted || sent < end) continue;
    if (++came_back_[i] >= kUsefulAfter) outage.readmitted = now - end;
  }
}

void ModelLink::observe_usable(bool usable, std::optional<Duration> rtt, Time now) {
  if (auto* outage = outage_at(now)) {
    if (!outage->rtt) outage->rtt = rtt;
    if (!outage->noticed && !usable)
      outage->noticed = now - start_ - outage->start - outage->met.value_or(Duration::zero());
  } else if (usable) {
    for (OutageReport& past : counts_.outages) {
      Time const end = start_ + past.start + past.length;
      if (end <= now && !past.usable) past.usable = now - end;
    }
  }
}

LinkReport ModelLink::report() const {
  LinkReport report = counts_;
  auto const& pipe = up_.counters();
  report.data_lost = counts_.data_packets - std::min(counts_.data_packets, data_arrived_);
  report.lost_bytes = pipe.bytes_in - std::min(pipe.bytes_in, pipe.bytes_out);
  report.queue_p50 = caused_.quantile(0.5);
  report.queue_p95 = caused_.quantile(0.95);
  return report;
}

}  // namespace aegis::sim
