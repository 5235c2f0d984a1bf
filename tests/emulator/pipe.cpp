#include "emulator/pipe.hpp"

#include <algorithm>
#include <functional>

namespace aegis::emulator {

Pipe::Pipe(Profile profile, std::uint64_t seed, Time start)
    : profile_(std::move(profile)),
      random_(seed),
      start_(start),
      bottleneck_(start),
      last_due_(start) {
  bottleneck_.configure(profile_, start);
}

void Pipe::configure(Profile profile, Time now) {
  advance(now);
  profile_ = std::move(profile);
  bottleneck_.configure(profile_, now);
}

void Pipe::push(PacketBytes packet, Time now) {
  std::size_t const size = packet.size();
  ++counters_.packets_in;
  counters_.bytes_in += size;
  advance(now);
  bool const scheduled_drop =
      scheduled_out_ && profile_.outages[next_outage_].kind == OutageKind::kDrop;
  if (scheduled_drop || commanded_ == OutageKind::kDrop) {
    ++counters_.lost_outage;
  } else if (!bottleneck_.push(std::move(packet), now)) {
    ++counters_.lost_queue;
    counters_.bytes_lost_queue += size;
  }
  drain_queue(now);
}

std::optional<PacketBytes> Pipe::pop(Time now) {
  advance(now);
  if (air_.empty() || air_.front().due > now) return std::nullopt;
  std::pop_heap(air_.begin(), air_.end(), std::greater<>());
  PacketBytes packet = std::move(air_.back().packet);
  air_.pop_back();
  ++counters_.packets_out;
  counters_.bytes_out += packet.size();
  return packet;
}

Time Pipe::next_event() const {
  Time const due = air_.empty() ? kNever : air_.front().due;
  return std::min({due, bottleneck_.next_departure(), next_edge()});
}

void Pipe::cut(OutageKind kind, Time now) {
  advance(now);
  commanded_ = kind;
  start_outage(kind, now);
}

void Pipe::restore(Time now) {
  advance(now);
  commanded_.reset();
  end_outage(now);
}

Time Pipe::next_edge() const {
  if (next_outage_ >= profile_.outages.size()) return kNever;
  const Outage& outage = profile_.outages[next_outage_];
  return start_ + outage.start + (scheduled_out_ ? outage.length : Duration::zero());
}

void Pipe::advance(Time now) {
  for (Time edge = next_edge(); edge <= now; edge = next_edge()) {
    drain_queue(edge);
    if (scheduled_out_) {
      scheduled_out_ = false;
      ++next_outage_;
      end_outage(edge);
    } else {
      scheduled_out_ = true;
      start_outage(profile_.outages[next_outage_].kind, edge);
    }
  }
  drain_queue(now);
}

void Pipe::start_outage(OutageKind kind, Time now) {
  if (kind == OutageKind::kHold) return bottleneck_.pause(now);
  counters_.lost_outage += bottleneck_.clear(now);
  // What was due before the cut is through, even if the caller has not fetched it yet.
  counters_.lost_outage +=
      std::erase_if(air_, [now](const InFlight& packet) { return packet.due >= now; });
  std::make_heap(air_.begin(), air_.end(), std::greater<>());
}

void Pipe::end_outage(Time now) {
  bool const still_out = commanded_.has_value() || scheduled_out_;
  if (!still_out) bottleneck_.resume(now);
}

void Pipe::drain_queue(Time now) {
  while (auto departure = bottleneck_.pop(now)) {
    queueing_.add(departure->left - departure->arrived);
    caused_.add(departure->left - departure->unloaded);
    if (!lost_in_the_air()) fly(std::move(departure->packet), departure->left);
  }
}

bool Pipe::lost_in_the_air() {
  bool lost = random_.chance(profile_.loss);
  if (lost) ++counters_.lost_random;
  if (profile_.burst_loss) {
    const GilbertElliott& model = *profile_.burst_loss;
    burst_bad_ = burst_bad_ ? !random_.chance(model.to_good) : random_.chance(model.to_bad);
    bool const burst = random_.chance(burst_bad_ ? model.loss_in_bad : model.loss_in_good);
    if (burst && !lost) ++counters_.lost_burst;
    lost = lost || burst;
  }
  return lost;
}

Duration Pipe::draw_jitter() {
  const Jitter& jitter = profile_.jitter;
  if (jitter.span == Duration::zero()) return {};
  double const unit = jitter.normal ? random_.normal() : 2 * random_.uniform() - 1;
  return Duration(static_cast<Duration::rep>(unit * static_cast<double>(jitter.span.count())));
}

void Pipe::fly(PacketBytes packet, Time left) {
  Time due = left + std::max(Duration::zero(), profile_.delay + draw_jitter());
  if (random_.chance(profile_.reorder)) {
    due += profile_.reorder_by;
    ++counters_.held_back;
  } else {
    if (!profile_.jitter.may_reorder) due = std::max(due, last_due_);
    last_due_ = due;
  }
  if (random_.chance(profile_.duplicate)) {
    ++counters_.duplicated;
    launch(packet, due);
  }
  launch(std::move(packet), due);
}

void Pipe::launch(PacketBytes packet, Time due) {
  air_.push_back({due, order_++, std::move(packet)});
  std::push_heap(air_.begin(), air_.end(), std::greater<>());
}

}  // namespace aegis::emulator
