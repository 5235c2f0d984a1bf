// Session's view of its parts: from their figures to one status.
#include <algorithm>

#include <fmt/format.h>

#include "agent/media/input_spec.hpp"
#include "agent/session.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kUnprovedShows = 10s;  // links register at least so often while none is there

}  // namespace

RigStatus Session::snapshot(Time now) {
  RigStatus status;
  status.uptime = now - started_;
  status.relay = to_string(relays_[relay_].address);
  status.paired = relays_[relay_].device.has_value();
  status.bond = bond_status();
  keeper_.annotate(status.bond, os::local_date());
  watch_links(status.bond, now);
  if (options_.proxy) {
    status.input = to_string(*options_.proxy);
    status.input_kind = "proxy";
    status.srt.phase = control::SrtPhase::kNone;
  } else {
    for (auto const& input : options_.inputs)
      status.input +=
          fmt::format("{}{}", status.input.empty() ? "" : ", ", media::shown_name(input));
    status.input_kind = source_->source().kind();
    status.srt = srt_->status();
    status.on_air = source_->source().on_air();
    if (source_->source().encodes()) status.video_rate = bit_rate_;
    status.video_target = video_target_;
  }
  measure_input(status, now);
  watch_progress(status, now);
  status.verdict = state_machine_.step(report_of(status, now), now);
  watch_changes(status, now);
  return status;
}

void Session::watch_links(BondStatus& bond, Time now) {
  std::erase_if(losses_, [&](auto const& entry) {
    return std::none_of(bond.links.begin(), bond.links.end(),
                        [&](auto const& link) { return link.name == entry.first; });
  });
  for (auto& link : bond.links) {
    auto& window = losses_[link.name];
    window.look(link.figures.data_packets, link.figures.nak_packets, now);
    link.loss = window.loss();
  }
}

void Session::watch_changes(RigStatus& status, Time now) {
  std::vector<control::ChangeLog::Subject> subjects{
      {"stream", control::to_string(status.verdict.state), status.verdict.reason},
      {"relay", status.relay}};
  if (status.on_air) {
    auto const& air = *status.on_air;
    subjects.push_back({"on air", air.shown ? air.inputs[*air.shown].name : "slate",
                        air.shown ? "" : air.slate_reason});
    subjects.push_back({"sound", air.sound_lost ? "lost" : "there"});
  }
  for (auto const& link : status.bond.links) {
    // On radio a link falls silent for a moment all the time.
    bool const moment = link.figures.state == bond::LinkState::kSuspect &&
                        now - link.figures.last_heard < control::RigStateMachine::kLinkPatience;
    subjects.push_back({"link " + link.name, moment && link.open ? "live" : link_state(link),
                        link.off_reason.empty() ? link.trouble : link.off_reason});
  }
  changes_.look(subjects, now);
  for (auto const& change : changes_.changes())
    status.events.push_back({now - change.at, change.subject});
}

// What must move for the stream to be what it says it is.
void Session::watch_progress(const RigStatus& status, Time now) {
  auto const& stats = status.srt.stats;
  stats ? sent_.look(static_cast<std::uint64_t>(stats->packets_sent), now) : sent_.rest();
  bool const working = status.on_air && source_ && !source_->outcome();
  working ? frames_.look(status.on_air->counts.shown + status.on_air->counts.slate, now)
          : frames_.rest();
  bond_ticks_.look(status.bond.ticks, now);
  unproved_.look(status.bond.figures.unproved_answers, now);
}

// What a relay that we are paired with, or who answers in its place, says instead of letting us in.
void Session::report_proof(const BondStatus& bond, control::RigReport& report, Time now) const {
  auto const& pairing = relays_[relay_].pairing;
  report.paired = !pairing.empty();
  if (!report.paired) return;
  if (bond.figures.clock_refusal) {
    auto const ahead = *bond.figures.clock_refusal;
    report.relay_refusal = fmt::format(
        "this host's clock is {} s {} that of {}, which lets no clock in that is off by more than "
        "{} s: set it",
        std::chrono::abs(ahead) / 1s, ahead > 0s ? "behind" : "ahead of", pairing,
        bond::RelayProof::kClockTolerance_us / 1'000'000);
  }
  if (bond.figures.unproved_answers > 0 && unproved_.still(now) < kUnprovedShows)
    report.relay_unproved =
        fmt::format("{} does not prove that it is {}: it knows this rig no more, or is another",
                    report.relay, pairing);
}

void Session::measure_input(RigStatus& status, Time now) {
  auto const queue = queue_.figures();
  std::optional<Time> const last = options_.proxy ? status.bond.last_data_in : queue.last_in;
  std::uint64_t const bytes = options_.proxy ? status.bond.srt_bytes_in : queue.bytes_in;
  if (now - input_rate_.at >= 1s) {
    if (input_rate_.at != Time{} && last) {
      input_rate_.rate = BitRate::from(Bytes(static_cast<std::int64_t>(bytes - input_rate_.bytes)),
                                       now - input_rate_.at);
    }
    input_rate_.at = now;
    input_rate_.bytes = bytes;
  }
  status.input_rate = input_rate_.rate;
  if (last) status.last_media = std::max<Duration>(0us, now - *last);
  status.media_dropped = queue.dropped_full + queue.dropped_stale;
}

control::RigReport Session::report_of(const RigStatus& status, Time now) const {
  control::RigReport report;
  report.relay = status.relay;
  report.failure = outcome_ ? "" : outcome_.error().what;
  report.relay_known = status.bond.relay.has_value();
  report.relay_trouble = status.bond.relay_trouble;
  report_proof(status.bond, report, now);
  report.links_trouble =
      status.bond.links_trouble.empty() ? "" : "waiting for a link: " + status.bond.links_trouble;
  for (auto const& link : status.bond.links) {
    if (!link.off_reason.empty()) {
      report.links_off += report.links_off.empty() ? "" : "; ";
      report.links_off += fmt::format("{} {}", link.name, link.off_reason);
      continue;
    }
    ++report.links_known;
    if (!link.open) continue;
    if (link.figures.state == bond::LinkState::kLive) ++report.links_live;
    if (link.figures.state == bond::LinkState::kSuspect) ++report.links_suspect;
  }
  report.srt = status.srt.phase;
  report.srt_reason = status.srt.reason;
  report.ack_stall = status.srt.ack_stall;
  report.input = options_.proxy ? "the SRT caller at " + status.input : status.input;
  if (source_) report.input_trouble = source_->source().trouble();
  report.encodes = source_ && source_->source().encodes();
  report.unsent = sent_.still(now);
  if (status.on_air) {
    auto const& air = *status.on_air;
    if (air.shown) report.input = air.inputs[*air.shown].name;
    report.slate_reason = status.on_air->slate_reason;
    // What was missing before it was on air is no fault of the input.
    report.sound_lost_for = std::min(status.on_air->sound_lost_for, status.on_air->shown_for);
  }
  if (status.last_media) report.last_media = now - *status.last_media;
  report.media_dropped = status.media_dropped + status.bond.figures.expired_packets +
                         status.bond.figures.overflow_packets;
  return report;
}

}  // namespace aegis::agent
