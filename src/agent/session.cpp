#include "agent/session.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/notify.hpp"
#include "common/os/paths.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kTick = 100ms;
constexpr Duration kHung = 5s;  // without a frame, or a turn of the bond
// SIGTERM: what is queued may still leave for so long.
constexpr Duration kHurriedDrain = 1500ms;
// The end of the input: the last media plays out at the relay first.
constexpr Duration kUnhurriedDrain = 10s;
// The bond outlives the SRT connection by this, so that the relay hears its end.
constexpr Duration kFarewell = 150ms;
// Of MPEG-TS; the rest are its headers, tables and padding.
constexpr double kElementaryShare = 0.96;

control::RateBounds media_of(const BitRateBounds& video) {
  auto const with_sound = [](BitRate rate) {
    return (rate + defaults::kAudioBitRate).scaled(1 / kElementaryShare);
  };
  return {with_sound(video.min), with_sound(video.max)};
}
BitRate video_of(BitRate media) {
  return media.scaled(kElementaryShare) - defaults::kAudioBitRate;
}

}  // namespace

Session::Session(const StreamOptions& options)
    : options_(options),
      started_(os::now()),
      reporter_(options.json),
      state_machine_(started_),
      keeper_(options.links, options.data_file),
      relay_switch_(options.relays.size()),
      relays_(options.relays),
      pairings_(options.state) {}

Status Session::run() {
  if (Status started = start_parts(); !started) return started.error();
  signals_.attach(loop_, [this](os::Signal signal, Time now) {
    if (signal == os::Signal::kStop) on_signal(now);
  });
  start_control_socket();
  os::notify_ready();
  on_tick(os::now());
  loop_.run();
  os::notify_stopping();
  signals_.detach();
  control_.reset();
  srt_.reset();
  source_.reset();
  if (!options_.proxy) std::this_thread::sleep_for(kFarewell);
  keeper_.observe(bond_status(), os::local_date(), os::now(), set_policy());
  keeper_.save(os::now());
  bond_.reset();
  return outcome_;
}

// The bond registers while the input opens: both take their time.
Status Session::start_parts() {
  if (Status loaded = keeper_.load(os::local_date()); !loaded) return loaded;
  auto bond = start_bond(0, options_.proxy);
  if (!bond) return bond.error();
  bond_ = std::move(*bond);
  return options_.proxy ? success() : start_media();
}

Status Session::start_media() {
  auto source = media::open_source({.inputs = options_.inputs,
                                    .loop = options_.loop,
                                    .encode = options_.encode,
                                    .slate = options_.slate,
                                    .video_rate = options_.bitrate.min,
                                    .audio_rate = defaults::kAudioBitRate},
                                   queue_);
  if (!source) return source.error();
  source_ = std::make_unique<media::SourceThread>(std::move(*source), queue_);
  if (source_->source().encodes()) set_bit_rate(options_.bitrate);
  start_srt();
  return success();
}

void Session::start_control_socket() {
  auto const directory = os::runtime_directory();
  if (!directory) return os::log::warn("no control socket: {}", directory.error().why);
  os::remove_dead_sockets(*directory, "stream-");  // of agents that were killed
  auto const path = *directory / fmt::format("stream-{}.sock", ::getpid());
  auto server = os::UnixServer::listen(
      loop_, path, [this](auto client, std::string_view line) { on_control_line(client, line); });
  if (!server) return os::log::warn("no control socket: {}", server.error().why);
  control_ = std::move(*server);
}

LinkKeeper::SetPolicy Session::set_policy() {
  return [this](const std::string& name, const bond::LinkPolicy& policy) {
    bond_->set_policy(name, policy);
    if (tried_) tried_->set_policy(name, policy);
  };
}

void Session::on_tick(Time now) {
  auto const bond = bond_status();
  keeper_.observe(bond, os::local_date(), now, set_policy());
  look_for_the_end(now);
  read_pairings(now);
  if (!ending_) choose_relay(bond, now);
  // Its end is no change of state: the uplink that closes as it should is not reconnecting.
  if (!ending_) reporter_.report(snapshot(now), now);
  tell_followers(bond);
  adapt_video_rate(bond.figures, now);
  if (os::watchdog_interval() && all_alive(now)) os::notify_watchdog();
  loop_.at(now + kTick, [this](Time at) { on_tick(at); });
}

// Threads that hang cannot be mended from here: systemd starts the agent again.
bool Session::all_alive(Time now) const {
  return ending_ || std::max(frames_.still(now), bond_ticks_.still(now)) < kHung;
}

void Session::set_bit_rate(const BitRateBounds& bounds) {
  auto const now = video_target_ ? video_target_->target : bounds.min;
  bit_rate_ = bounds;
  rate_control_.reset();
  video_target_.reset();
  if (bounds.min < bounds.max) {
    auto const start = std::clamp(now, bounds.min, bounds.max);
    rate_control_.emplace(media_of(bounds), media_of({start, start}).least);
  } else {
    source_->source().set_video_rate(bounds.min);
  }
}

void Session::adapt_video_rate(const bond::SenderFigures& figures, Time now) {
  if (!rate_control_) return;
  auto decision = rate_control_->step({.capacity = figures.capacity,
                                       .deliverable = figures.deliverable,
                                       .backlog = figures.backlog,
                                       .latency = options_.latency},
                                      now);
  decision.target = video_of(decision.target);
  video_target_ = decision;
  source_->source().set_video_rate(decision.target);
}

void Session::look_for_the_end(Time now) {
  if (options_.proxy) {
    if (closing_at_ && now >= *closing_at_) loop_.stop();
    return;
  }
  auto const srt = srt_->status();
  if (srt.finished) return loop_.stop();
  // With another relay to turn to, one that refuses is no end.
  if (srt.hopeless && options_.relays.size() == 1) {
    Error refused = *srt.hopeless;
    refused.hint =
        "check the stream id and the passphrase (--key) against 'aegis pair show' on the relay";
    return end(refused);
  }
  auto const ended = source_->outcome();
  if (!ended || ending_) return;
  if (!ended->ok()) outcome_ = *ended;
  os::log::info("input ended");
  begin_end(now, !ended->ok());
}

void Session::on_signal(Time now) {
  os::log::info("stopping");
  begin_end(now, true);
}

// Stops the input; what it made leaves, then the connection is closed and the loop ends.
void Session::begin_end(Time now, bool hurry) {
  ending_ = true;
  if (options_.proxy) {
    closing_at_ = now;
    return;
  }
  source_->request_stop();
  srt_->finish(now + (hurry ? kHurriedDrain : kUnhurriedDrain), !hurry);
}

void Session::end(Status outcome) {
  outcome_ = std::move(outcome);
  loop_.stop();
}

}  // namespace aegis::agent
