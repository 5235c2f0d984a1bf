// What the rig says about itself, and why: a pure function of what its parts report, with as much
// memory as it needs to tell "not yet" from "not any more".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/time.hpp"

namespace aegis::agent::control {

// kFailed: the stream has ended, or nothing can be sent until the user does something about it.
enum class RigState { kStarting, kLive, kDegraded, kSlate, kReconnecting, kRejected, kFailed };
const char* to_string(RigState state);

enum class SrtPhase {
  kNone,     // proxy mode: SRT is somebody else's
  kWaiting,  // for the bond, or for the next attempt
  kConnecting,
  kConnected,
  kRejected,
};
const char* to_string(SrtPhase phase);

// A snapshot of all parts at one instant.
struct RigReport {
  std::string relay;           // as the user named it
  std::string failure;         // what ended the stream; empty while it runs
  bool relay_known = true;     // its name has been resolved
  std::string relay_trouble;   // why it has not; empty while nothing is wrong
  bool paired = false;         // with the relay
  std::string relay_refusal;   // of a relay that we are paired with: why it does not take us
  std::string relay_unproved;  // and what answers in its place
  std::string links_trouble;   // no interface, or one that was asked for is not there
  std::string links_off;       // which links are off, and why
  std::size_t links_known = 0, links_live = 0;  // of those that are on
  std::size_t links_suspect = 0;                // registered, but not answering just now
  SrtPhase srt = SrtPhase::kWaiting;
  std::string srt_reason;  // of the last failed attempt
  Duration ack_stall{};    // how long SRT's ACKs have stood still
  std::string input;       // as the user named it
  std::string input_trouble;
  bool encodes = false;             // then media never pauses
  Duration unsent{};                // how long nothing has left by SRT
  std::string slate_reason;         // why the slate is on air; empty while an input is
  Duration sound_lost_for{};        // how long silence has been sent in place of sound
  std::optional<Time> last_media;   // none before the first
  std::uint64_t media_dropped = 0;  // chunks or packets lost in our own queues so far
};

struct RigVerdict {
  RigState state = RigState::kStarting;
  std::string reason;  // empty when live
  friend bool operator==(const RigVerdict&, const RigVerdict&) = default;
};

class RigStateMachine {
 public:
  // No media for this long is a fault: of an input that is passed on, and of our own encoder, whose
  // media then has to leave, too.
  static constexpr Duration kMediaSilence = 5s, kEncoderSilence = 1s, kUnsent = 1s;
  static constexpr Duration kAckStall = 2s;
  // A link may fall silent this long without a word: on radio it does so all the time.
  static constexpr Duration kLinkPatience = 1s;
  static constexpr Duration kSoundPatience = 1s;
  static constexpr Duration kDropMemory = 5s;  // how long a loss of media shows

  explicit RigStateMachine(Time started) : media_expected_since_(started) {}

  RigVerdict step(const RigReport& report, Time now);

 private:
  std::optional<std::string> path_trouble(const RigReport& report) const;
  std::optional<std::string> media_trouble(const RigReport& report, Time now);
  std::optional<std::string> quality_trouble(const RigReport& report, Time now);

  bool was_up_ = false;
  Time media_expected_since_;
  std::uint64_t dropped_before_ = 0;
  std::optional<Time> last_drop_;
  std::optional<Time> short_of_links_since_;
};

}  // namespace aegis::agent::control
