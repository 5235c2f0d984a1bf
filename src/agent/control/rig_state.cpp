#include "agent/control/rig_state.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aegis::agent::control {

const char* to_string(RigState state) {
  switch (state) {
    case RigState::kStarting:
      return "starting";
    case RigState::kLive:
      return "live";
    case RigState::kDegraded:
      return "degraded";
    case RigState::kSlate:
      return "slate";
    case RigState::kReconnecting:
      return "reconnecting";
    case RigState::kRejected:
      return "rejected";
    case RigState::kFailed:
      return "failed";
  }
  return "failed";
}

const char* to_string(SrtPhase phase) {
  switch (phase) {
    case SrtPhase::kNone:
      return "proxied";
    case SrtPhase::kWaiting:
      return "waiting";
    case SrtPhase::kConnecting:
      return "connecting";
    case SrtPhase::kConnected:
      return "connected";
    case SrtPhase::kRejected:
      return "rejected";
  }
  return "waiting";
}

RigVerdict RigStateMachine::step(const RigReport& report, Time now) {
  if (!report.failure.empty()) return {RigState::kFailed, report.failure};
  if (report.links_known == 0 && !report.links_off.empty()) {
    media_expected_since_ = now;
    auto const also = report.links_trouble.empty() ? "" : "; " + report.links_trouble;
    return {RigState::kFailed, fmt::format("every link is off: {}{}", report.links_off, also)};
  }
  // The loss of media is counted on, whatever else is wrong.
  auto const quality = quality_trouble(report, now);
  if (auto const path = path_trouble(report)) {
    media_expected_since_ = now;
    if (!report.relay_refusal.empty()) return {RigState::kRejected, report.relay_refusal};
    return {was_up_ ? RigState::kReconnecting : RigState::kStarting, *path};
  }
  if (report.srt == SrtPhase::kRejected) {
    return {RigState::kRejected, fmt::format("{} refuses: {}", report.relay, report.srt_reason)};
  }
  if (report.srt != SrtPhase::kConnected && report.srt != SrtPhase::kNone) {
    media_expected_since_ = now;
    auto const why = report.srt_reason.empty() ? "" : fmt::format(" (last: {})", report.srt_reason);
    return {was_up_ ? RigState::kReconnecting : RigState::kStarting,
            fmt::format("waiting for the SRT handshake of {}{}", report.relay, why)};
  }
  if (auto const media = media_trouble(report, now)) {
    return {was_up_ ? RigState::kDegraded : RigState::kStarting, *media};
  }
  was_up_ = true;
  if (!report.slate_reason.empty()) return {RigState::kSlate, report.slate_reason};
  if (quality) return {RigState::kDegraded, *quality};
  return {RigState::kLive, ""};
}

std::optional<std::string> RigStateMachine::path_trouble(const RigReport& report) const {
  if (report.links_live + report.links_suspect > 0) return std::nullopt;
  if (!report.relay_trouble.empty()) return report.relay_trouble;
  if (!report.relay_known) return fmt::format("looking up {}", report.relay);
  if (report.links_known == 0) {
    return report.links_trouble.empty() ? "waiting for a usable network interface"
                                        : report.links_trouble;
  }
  if (!report.relay_unproved.empty()) return report.relay_unproved;
  return fmt::format("waiting for {} to answer on {} link{}{}", report.relay, report.links_known,
                     report.links_known == 1 ? "" : "s",
                     report.paired ? "; it answers no rig that it does not know" : "");
}

std::optional<std::string> RigStateMachine::media_trouble(const RigReport& report, Time now) {
  if (!report.input_trouble.empty())
    return fmt::format("{}: {}", report.input, report.input_trouble);
  Time const since =
      std::max(report.last_media.value_or(media_expected_since_), media_expected_since_);
  Duration const patience = report.encodes ? kEncoderSilence : kMediaSilence;
  if (report.last_media && now - *report.last_media < patience) return std::nullopt;
  if (now - since < patience) return fmt::format("waiting for media from {}", report.input);
  was_up_ = true;
  return fmt::format("no media from {} for {} s", report.input, (now - since) / 1s);
}

std::optional<std::string> RigStateMachine::quality_trouble(const RigReport& report, Time now) {
  if (report.media_dropped > dropped_before_) last_drop_ = now;
  dropped_before_ = report.media_dropped;
  bool const all_links = report.links_live >= report.links_known;
  if (all_links) short_of_links_since_.reset();
  if (!all_links && !short_of_links_since_) short_of_links_since_ = now;
  bool const short_of_links = !all_links && now - *short_of_links_since_ >= kLinkPatience;
  if (report.ack_stall >= kAckStall) {
    return fmt::format("{} has not acknowledged anything for {} s", report.relay,
                       report.ack_stall / 1s);
  }
  if (report.encodes && report.unsent >= kUnsent)
    return fmt::format("nothing has left for {} for {} s", report.relay, report.unsent / 1s);
  if (short_of_links && report.links_live == 0)
    return report.relay + " does not answer on any link";
  if (last_drop_ && now - *last_drop_ < kDropMemory) {
    return "the links are too slow for the media: some of it was dropped";
  }
  if (short_of_links) {
    return fmt::format("{} of {} links live", report.links_live, report.links_known);
  }
  if (!report.links_trouble.empty()) return report.links_trouble;
  if (report.sound_lost_for >= kSoundPatience)
    return fmt::format("no sound from {}: silence is sent", report.input);
  return std::nullopt;
}

}  // namespace aegis::agent::control
