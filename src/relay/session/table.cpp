#include "relay/session/table.hpp"

namespace aegis::relay::session {

const char* to_string(State state) {
  switch (state) {
    case State::kClaimed:
      return "claimed";
    case State::kProvisional:
      return "provisional";
    case State::kLive:
      return "live";
    case State::kStalled:
      return "stalled";
    case State::kGrace:
      return "grace";
    case State::kEnded:
      return "ended";
  }
  return "?";
}

const char* to_string(End end) {
  switch (end) {
    case End::kSetUpTimeout:
      return "the connection was not completed";
    case End::kNoMedia:
      return "no media came";
    case End::kDisconnected:
      return "disconnected before any media";
    case End::kNotBack:
      return "the publisher did not come back";
    case End::kTooOld:
      return "the session lasted as long as any may";
    case End::kRevoked:
      return "its right was taken away";
    case End::kKicked:
      return "ended by request";
    case End::kShutdown:
      return "the relay stops";
    case End::kCount:
      break;
  }
  return "?";
}

const char* name_of(End end) {
  switch (end) {
    case End::kSetUpTimeout:
      return "set_up_timeout";
    case End::kNoMedia:
      return "no_media";
    case End::kDisconnected:
      return "disconnected";
    case End::kNotBack:
      return "not_back";
    case End::kTooOld:
      return "too_old";
    case End::kRevoked:
      return "revoked";
    case End::kKicked:
      return "kicked";
    case End::kShutdown:
      return "shutdown";
    case End::kCount:
      break;
  }
  return "?";
}

std::optional<State> next_state(State state, Event event) {
  bool const connected =
      state == State::kProvisional || state == State::kLive || state == State::kStalled;
  bool const had_media = state == State::kLive || state == State::kStalled;
  if (state == State::kEnded) return std::nullopt;
  switch (event) {
    case Event::kConnected:
      if (state == State::kClaimed) return State::kProvisional;
      if (state == State::kGrace) return State::kStalled;
      return std::nullopt;
    case Event::kReplaced:
      if (!connected) return std::nullopt;
      return had_media ? State::kStalled : State::kProvisional;
    case Event::kMedia:
      if (!connected) return std::nullopt;
      return State::kLive;
    case Event::kDeadline:
      if (state == State::kLive) return State::kStalled;
      return state == State::kStalled ? State::kGrace : State::kEnded;
    case Event::kDisconnected:
      if (state == State::kGrace) return std::nullopt;
      return had_media ? State::kGrace : State::kEnded;
    case Event::kTooOld:
    case Event::kRevoked:
    case Event::kKicked:
    case Event::kShutdown:
      return State::kEnded;
  }
  return std::nullopt;
}

std::optional<End> end_of(State state, Event event) {
  if (next_state(state, event) != State::kEnded) return std::nullopt;
  switch (event) {
    case Event::kDisconnected:
      return End::kDisconnected;
    case Event::kTooOld:
      return End::kTooOld;
    case Event::kRevoked:
      return End::kRevoked;
    case Event::kKicked:
      return End::kKicked;
    case Event::kShutdown:
      return End::kShutdown;
    default:
      break;
  }
  if (state == State::kClaimed) return End::kSetUpTimeout;
  return state == State::kProvisional ? End::kNoMedia : End::kNotBack;
}

std::optional<SessionId> Table::claim(std::string_view stream, Time now) {
  auto const [held, taken] = holders_.try_emplace(std::string(stream), SessionId{last_id_ + 1});
  if (!taken) return std::nullopt;
  ++last_id_;
  Session session;
  session.stream = held->first;
  session.deadline = deadline_of(session, now);
  if (limits_.age < kNever - now) session.too_old = now + limits_.age;
  sessions_.emplace(held->second, std::move(session));
  return held->second;
}

std::optional<SessionId> Table::holder(std::string_view stream) const {
  auto const found = holders_.find(std::string(stream));
  if (found == holders_.end()) return std::nullopt;
  return found->second;
}

std::optional<State> Table::on_event(SessionId id, Event event, Time now) {
  auto const found = sessions_.find(id);
  if (found == sessions_.end()) return std::nullopt;
  auto& session = found->second;
  auto const next = next_state(session.state, event);
  if (!next) return std::nullopt;
  if (*next == State::kEnded) {
    holders_.erase(session.stream);
    sessions_.erase(found);
    return next;
  }
  session.state = *next;
  if (event == Event::kMedia || event == Event::kConnected || event == Event::kReplaced)
    session.heard = now;
  session.deadline = deadline_of(session, now);
  return next;
}

std::optional<Event> Table::due(const Session& session, Time now) const {
  if (session.too_old <= now) return Event::kTooOld;
  if (session.deadline <= now) return Event::kDeadline;
  return std::nullopt;
}

std::vector<Notice> Table::on_deadlines(Time now) {
  std::vector<std::pair<SessionId, Event>> all_due;
  for (auto const& [id, session] : sessions_)
    if (auto const event = due(session, now)) all_due.emplace_back(id, *event);
  std::vector<Notice> notices;
  for (auto const& [id, event] : all_due) {
    auto const end = end_of(sessions_.at(id).state, event);
    if (auto const next = on_event(id, event, now)) notices.push_back({id, *next, end});
  }
  return notices;
}

std::optional<State> Table::state(SessionId id) const {
  auto const found = sessions_.find(id);
  if (found == sessions_.end()) return std::nullopt;
  return found->second.state;
}

Time Table::deadline(SessionId id) const {
  auto const found = sessions_.find(id);
  return found == sessions_.end() ? kNever : found->second.deadline;
}

Time Table::deadline_of(const Session& session, Time now) const {
  switch (session.state) {
    case State::kClaimed:
      return now + limits_.set_up;
    case State::kProvisional:
      return now + limits_.first_media;
    case State::kLive:
      return session.heard + limits_.stall;
    case State::kStalled:
      return session.heard + limits_.idle;
    case State::kGrace:
      return now + limits_.grace;
    case State::kEnded:
      break;
  }
  return kNever;
}

}  // namespace aegis::relay::session
