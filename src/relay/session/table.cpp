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
    case End::kIdle:
      return "media stopped";
    case End::kDisconnected:
      return "disconnected";
    case End::kRevoked:
      return "the key was revoked or changed";
    case End::kReplaced:
      return "the publisher connected anew";
    case End::kShutdown:
      return "the relay stops";
  }
  return "?";
}

std::optional<State> next_state(State state, Event event) {
  if (state == State::kEnded) return std::nullopt;
  switch (event) {
    case Event::kConnected:
      if (state == State::kClaimed) return State::kProvisional;
      return std::nullopt;
    case Event::kMedia:
      if (state == State::kClaimed) return std::nullopt;
      return State::kLive;
    case Event::kDeadline:
      return state == State::kLive ? State::kStalled : State::kEnded;
    case Event::kDisconnected:
    case Event::kRevoked:
    case Event::kReplaced:
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
    case Event::kRevoked:
      return End::kRevoked;
    case Event::kReplaced:
      return End::kReplaced;
    case Event::kShutdown:
      return End::kShutdown;
    default:
      break;
  }
  if (state == State::kClaimed) return End::kSetUpTimeout;
  return state == State::kProvisional ? End::kNoMedia : End::kIdle;
}

std::optional<SessionId> Table::claim(std::string_view stream, Time now) {
  auto const [held, taken] = holders_.try_emplace(std::string(stream), SessionId{last_id_ + 1});
  if (!taken) return std::nullopt;
  ++last_id_;
  Session session;
  session.stream = held->first;
  session.deadline = deadline_of(session, now);
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
  if (event == Event::kMedia) session.last_media = now;
  session.deadline = deadline_of(session, now);
  return next;
}

std::vector<Notice> Table::on_deadlines(Time now) {
  std::vector<SessionId> due;
  for (auto const& [id, session] : sessions_)
    if (session.deadline <= now) due.push_back(id);
  std::vector<Notice> notices;
  for (auto const id : due) {
    auto const end = end_of(sessions_.at(id).state, Event::kDeadline);
    if (auto const next = on_event(id, Event::kDeadline, now)) notices.push_back({id, *next, end});
  }
  return notices;
}

std::optional<State> Table::state(SessionId id) const {
  auto const found = sessions_.find(id);
  if (found == sessions_.end()) return std::nullopt;
  return found->second.state;
}

Time Table::deadline_of(const Session& session, Time now) const {
  switch (session.state) {
    case State::kClaimed:
      return now + limits_.set_up;
    case State::kProvisional:
      return now + limits_.first_media;
    case State::kLive:
      return session.last_media + limits_.stall;
    case State::kStalled:
      return session.last_media + limits_.idle;
    case State::kEnded:
      break;
  }
  return kNever;
}

}  // namespace aegis::relay::session
