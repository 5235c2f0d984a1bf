// Which session holds which stream, what state it is in and when its time is up. Pure: the caller
// hands in `now` and carries out what the table decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/defaults.hpp"
#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace aegis::relay::session {

using SessionId = Id<struct SessionTag>;  // never reused while the relay runs

enum class State {
  kClaimed,      // the stream is taken; the connection is being made
  kProvisional,  // connected, no media yet
  kLive,         // media flows
  kStalled,      // connected, but no media for a while
  kGrace,        // the connection is gone; the stream is kept for its publisher
  kEnded,
};
const char* to_string(State state);

enum class Event {
  kConnected,     // the publisher's connection stands, for the first time or after grace
  kMedia,         // a packet of media came
  kDeadline,      // the state's time is up
  kDisconnected,  // the connection is gone
  kReplaced,      // another connection took its place
  kTooOld,        // the session has lasted as long as any may
  kRevoked,       // the right to publish was taken away
  kKicked,        // somebody who may wants it ended
  kShutdown,      // the relay stops
};

// Why a session ended.
enum class End {
  kSetUpTimeout,  // claimed, never connected
  kNoMedia,       // connected, never sent media
  kDisconnected,  // gone before any media
  kNotBack,       // gone, and grace went by
  kTooOld,
  kRevoked,
  kKicked,
  kShutdown,
  kCount,
};
const char* to_string(End end);  // in words
const char* name_of(End end);    // for labels: "not_back"

struct Limits {
  Duration set_up = 3s;
  Duration first_media = 10s;
  Duration stall = 5s;                // without media until a live session counts as stalled
  Duration idle = 30s;                // without media until its connection is given up
  Duration grace = defaults::kGrace;  // without a connection until it is ended
  Duration age = Duration::max();
  friend bool operator==(const Limits&, const Limits&) = default;
};

// What becomes of a publisher that calls for a stream whose publisher sends media.
enum class SecondPublisher {
  kRefuse,
  kReplace,  // it takes the other's place
};

// What on_deadlines() found.
struct Notice {
  SessionId id;
  State state = State::kEnded;  // kStalled, kGrace or kEnded
  std::optional<End> end;       // with kEnded
};

class Table {
 public:
  explicit Table(const Limits& limits = {}) : limits_(limits) {}

  // Takes the stream; nothing when another session has it.
  std::optional<SessionId> claim(std::string_view stream, Time now);
  std::optional<SessionId> holder(std::string_view stream) const;

  // Moves the session on. The new state; kEnded frees its stream and forgets it at once. Nothing
  // when the session is unknown or the event has no place in its state: the state stays.
  std::optional<State> on_event(SessionId id, Event event, Time now);
  // Applies every deadline that has come.
  std::vector<Notice> on_deadlines(Time now);

  std::optional<State> state(SessionId id) const;
  // When the state's time is up; kNever when the session is unknown.
  Time deadline(SessionId id) const;
  // Holds for what happens from now on: deadlines that are set stay as they are.
  void set_limits(const Limits& limits) { limits_ = limits; }
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Session {
    std::string stream;
    State state = State::kClaimed;
    Time heard{};  // last media, or the connection that came after it
    Time deadline = kNever;
    Time too_old = kNever;
  };

  Time deadline_of(const Session& session, Time now) const;
  std::optional<Event> due(const Session& session, Time now) const;

  Limits limits_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<SessionId, Session> sessions_;
  std::unordered_map<std::string, SessionId> holders_;
};

// The closed table of transitions; nothing where an event has no place.
std::optional<State> next_state(State state, Event event);
// Why a session that left `state` by `event` ended; nothing when that does not end it.
std::optional<End> end_of(State state, Event event);

}  // namespace aegis::relay::session
