// What the world does after each step of a machine: set timers, look at figures, keep the books.
#include <algorithm>

#include "sim/world.hpp"

namespace aegis::sim {
namespace {

constexpr Duration kRedial = 1s;

}  // namespace

void World::arm_link(std::size_t index) {
  up_alarms_[index].set(links_[index]->next_up());
  down_alarms_[index].set(links_[index]->next_down());
}

void World::after_rig() {
  rig_alarm_.set(rig_->next_timeout());
  if (++rig_steps_ % scenario_.check_every == 0) check_rig();
}

void World::check_rig() {
  auto const figures = rig_->figures(now());
  if (!figures) return;
  auditor_.check(*figures, now());
  report_.most_queued = std::max(report_.most_queued, figures->queued_packets);
  for (auto const& link : links_)
    for (auto const& told : figures->links)
      if (link->id() == told.id)
        link->observe_usable(told.state == bond::LinkState::kLive, told.rtt, now());
}

void World::after_relay() {
  relay_alarm_.set(relay_->next_timeout());
  if (++relay_steps_ % scenario_.check_every == 0) check_relay();
}

void World::check_relay() {
  auto const figures = relay_->figures(now());
  if (!figures) return;
  auditor_.check(*figures, relay_config_.max_held_packets, now());
  for (auto const& group : figures->groups)
    report_.most_held = std::max(report_.most_held, group.held_packets);
}

void World::after_caller() {
  if (!caller_) return;
  if (caller_->state() == SrtCaller::State::kConnected && !media_flows_) {
    media_flows_ = true;
    media_start_ = now();
    timeline_.at(now(), *this, kMedia);
  }
  if (caller_->state() == SrtCaller::State::kBroken && !dialing_) {
    dialing_ = true;
    report_.retransmitted += caller_->counters().retransmitted;
    ++report_.broken;
    report_.broken_because = caller_->broken_because();
    timeline_.at(now() + kRedial, *this, kDial);
  }
  caller_alarm_.set(caller_->next_timeout());
}

void World::fold(SrtAcceptor& acceptor) {
  if (acceptor.connected()) ++report_.connections;
  report_.naks += acceptor.counters().loss_reports;
}

void World::after_listener() {
  std::erase_if(accepted_, [&](auto const& each) {
    if (each->end.broken()) fold(each->end);
    return each->end.broken();
  });
  for (auto const& each : accepted_) listener_alarm_.set(each->end.next_timeout());
}

Report World::report() {
  for (auto const& each : accepted_) fold(each->end);
  Report report = report_;
  ledger_.fill(report);
  if (caller_ && caller_->state() != SrtCaller::State::kBroken)
    report.retransmitted += caller_->counters().retransmitted;
  std::uint64_t wire = 0, lost = 0;
  for (auto const& link : links_) {
    report.links.push_back(link->report());
    const LinkReport& last = report.links.back();
    wire += last.wire_bytes;
    lost += last.lost_bytes;
    report.losses += last.data_lost;
    report.wire_data += last.data_packets;
  }
  auto const originals =
      static_cast<double>((report.made - report.unsent - report.refused) * kWirePacket);
  if (originals > 0) {
    report.amplification = static_cast<double>(wire) / originals;
    report.amplification_extra = static_cast<double>(wire - lost) / originals;
  }
  if (auto const figures = rig_->figures(now())) {
    report.expired = figures->expired_packets;
    report.overflowed = figures->overflow_packets;
    report.unroutable = figures->unroutable_packets;
  }
  Duration const flowed = start_ + scenario_.length - media_start_;
  if (media_flows_)
    report.made_rate =
        BitRate::from(Bytes(static_cast<std::int64_t>(report.made * kPayload)), flowed);
  report.events = timeline_.steps();
  report.violations = auditor_.complaints();
  return report;
}

Report run_scenario(const Scenario& scenario, std::uint64_t seed) {
  return World(scenario, seed).run();
}

}  // namespace aegis::sim
