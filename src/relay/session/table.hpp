// Which session holds which stream, what state it is in and when its time is up. Pure: the caller
// hands in `now` and carries out what the table decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace aegis::relay::session {

using SessionId = Id<struct SessionTag>;  // never reused while the relay runs

enum class State {
  kClaimed,      // the stream is taken; the connection is being made
  kProvisional,  // connected, no media yet
  kLive,         // media flows
  kStalled,      // connected, but no media for a while
  kEnded,
};
const char* to_string(State state);

enum class Event {
  kConnected,     // the publisher's connection stands
  kMedia,         // a packet of media came
  kDeadline,      // the state's time is up
  kDisconnected,  // the connection is gone
  kRevoked,       // the right to publish was taken away
  kReplaced,      // the same publisher connected anew
  kShutdown,      // the relay stops
};

// Why a session ended.
enum class End {
  kSetUpTimeout,  // claimed, never connected
  kNoMedia,       // connected, never sent media
  kIdle,          // sent media once, then none for too long
  kDisconnected,
  kRevoked,
  kReplaced,
  kShutdown,
};
const char* to_string(End end);

struct Limits {
  Duration set_up = 3s;
  Duration first_media = 10s;
  Duration stall = 5s;  // without media until a live session counts as stalled
  Duration idle = 30s;  // without media until it is ended
};

// What on_deadlines() found.
struct Notice {
  SessionId id;
  State state = State::kEnded;  // kStalled or kEnded
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
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Session {
    std::string stream;
    State state = State::kClaimed;
    Time last_media{};
    Time deadline = kNever;
  };

  Time deadline_of(const Session& session, Time now) const;

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
