// What the SRT thread does a few times a second: deadlines, rights, memory, figures, and the end.
#include <algorithm>

#include "common/os/clock.hpp"
#include "relay/media_server.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;

constexpr Duration kChores = 200ms;
// A publisher that has sent nothing for so long gives way to another. Its first packet takes as
// long as the latency that it asked for.
constexpr Duration kQuiet = 1s;
constexpr Duration kQuietAtFirst = 5s;

}  // namespace

void MediaServer::do_chores() {
  next_chores_ = now_ + kChores;
  apply_deadlines();
  apply_access();
  apply_requests();
  note_silence();
  report_refusals();
  release_memory();
  gate_.set_connections(connections_.size());
  publish_figures();
}

void MediaServer::apply_deadlines() {
  for (auto const& notice : sessions_.on_deadlines(now_)) {
    auto* channel = channel_with(notice.id);
    if (channel == nullptr) continue;
    if (notice.end) {
      end_session(*channel, session::Event::kDeadline, *notice.end);
    } else if (notice.state == session::State::kGrace) {
      keep_for_publisher(*channel, "media stopped");
    } else {
      log::warn("no media for 5 s, the connection stands stream={}", channel->stream);
      events_.add("session_stalled", {{"stream", channel->stream}});
    }
  }
}

// Whoever came in by a key that has gone, or changed, goes too.
void MediaServer::apply_access() {
  auto fresh = store_.current();
  if (fresh == access_) return;
  access_ = std::move(fresh);
  for (auto const& [stream, channel] : channels_) {
    if (channel->publication && may_not_publish(*channel))
      end_session(*channel, session::Event::kRevoked, session::End::kRevoked);
    for (auto player = channel->players.begin(); player != channel->players.end();) {
      auto const current = player++;
      if (!access_->still_holds(current->grant()))
        end_player(*channel, current, to_string(session::End::kRevoked));
    }
  }
}

bool MediaServer::may_not_publish(const Channel& channel) const {
  auto const& grant = channel.publication->grant;
  if (!access_->still_holds(grant)) return true;
  // Its group may be gone by now, and the publisher with it: what it proved is remembered.
  auto const& arrival = channel.publication->arrival;
  if (arrival.bonded && !arrival.bond) return false;
  return gate_.is_others(*access_, grant, arrival.bond);
}

void MediaServer::kick_session(std::string stream) {
  std::lock_guard const lock(requests_mutex_);
  requests_.kicked_sessions.insert(std::move(stream));
}

void MediaServer::kick_player(PlayerId player) {
  std::lock_guard const lock(requests_mutex_);
  requests_.kicked_players.insert(player);
}

void MediaServer::reconfigure(const session::Limits& limits) {
  std::lock_guard const lock(requests_mutex_);
  requests_.limits = limits;
}

void MediaServer::apply_requests() {
  Requests requests;
  {
    std::lock_guard const lock(requests_mutex_);
    std::swap(requests, requests_);
  }
  if (requests.limits) {
    sessions_.set_limits(*requests.limits);
    apply_address_rules();
  }
  if (requests.kicked_sessions.empty() && requests.kicked_players.empty()) return;
  for (auto const& [stream, channel] : channels_) {
    if (channel->publication && requests.kicked_sessions.count(stream) > 0)
      end_session(*channel, session::Event::kKicked, session::End::kKicked);
    for (auto player = channel->players.begin(); player != channel->players.end();) {
      auto const current = player++;
      if (requests.kicked_players.count(current->id()) > 0)
        end_player(*channel, current, to_string(session::End::kKicked));
    }
  }
}

// Of publishers only those that came by themselves: the bond hears its links or does not.
void MediaServer::apply_address_rules() {
  for (auto const& [stream, channel] : channels_) {
    if (channel->publisher != nullptr && !channel->publication->arrival.bonded &&
        !gate_.admits(channel->publisher->from()))
      end_session(*channel, session::Event::kRevoked, session::End::kRevoked);
    for (auto player = channel->players.begin(); player != channel->players.end();) {
      auto const current = player++;
      if (!gate_.admits(current->from()))
        end_player(*channel, current, to_string(session::End::kRevoked));
    }
  }
}

void MediaServer::note_silence() {
  for (auto const& [stream, channel] : channels_) {
    if (channel->publisher == nullptr) continue;
    auto const& publisher = *channel->publisher;
    auto const patience = publisher.packets() > 0 ? kQuiet : kQuietAtFirst;
    if (now_ - publisher.quiet_since() > patience) {
      gate_.vacate(stream);
    } else {
      gate_.occupy(stream, publisher.from());
    }
  }
}

void MediaServer::report_refusals() {
  for (auto* listener : {&internal_, &publish_, &play_})
    for (auto const& refused : listener->take_refused())
      gate_.count(Refusal::kPassphrase, refused.from);
  for (std::size_t i = 0; i < refusal_logs_.size(); ++i) {
    auto const refusal = static_cast<Refusal>(i);
    auto const fresh = gate_.refusals(refusal) - refusal_logs_[i].total();
    if (fresh > 0) {
      refusal_logs_[i].count(masked(gate_.last_refused(refusal)), now_, fresh);
    } else {
      refusal_logs_[i].flush(now_);
    }
  }
}

void MediaServer::release_memory() {
  for (auto at = channels_.begin(); at != channels_.end();) {
    auto& channel = *at->second;
    if (channel.is_empty()) {
      std::erase(fresh_, &channel);
      at = channels_.erase(at);
      continue;
    }
    if (channel.is_played_out()) channel.ring.drop_packets();
    ++at;
  }
}

SessionFigures MediaServer::session_figures(const Channel& channel) const {
  auto const& publication = *channel.publication;
  SessionFigures figures;
  figures.stream = channel.stream;
  figures.state = sessions_.state(publication.id).value_or(session::State::kEnded);
  figures.bonded = publication.arrival.bonded;
  if (channel.publisher != nullptr) figures.group = publication.arrival.group();
  figures.started = publication.started;
  figures.last_media = publication.last_media;
  figures.resumes = publication.resumes;
  if (figures.state == session::State::kGrace)
    figures.grace_ends = sessions_.deadline(publication.id);
  if (channel.publisher != nullptr) channel.publisher->tell(figures);
  return figures;
}

void MediaServer::publish_figures() {
  MediaFigures figures = totals_;
  figures.at = now_;
  for (auto const& [stream, channel] : channels_) {
    if (channel->publisher != nullptr) channel->publisher->sample_rate(now_);
    if (channel->publication) figures.sessions.push_back(session_figures(*channel));
    for (auto& player : channel->players) {
      player.sample_rate(now_);
      figures.players.push_back(player.figures());
    }
  }
  figures_.publish(std::move(figures));
}

Channel* MediaServer::channel_with(session::SessionId id) {
  for (auto const& [stream, channel] : channels_)
    if (channel->publication && channel->publication->id == id) return channel.get();
  return nullptr;
}

// Everybody is told: closing an SRT socket sends its peer the end.
void MediaServer::close_everything() {
  now_ = os::now();
  for (auto* listener : {&internal_, &publish_, &play_}) {
    epoll_.remove(*listener);
    listener->close();
  }
  for (auto const& [stream, channel] : channels_) {
    if (channel->publication)
      end_session(*channel, session::Event::kShutdown, session::End::kShutdown);
    while (!channel->players.empty())
      end_player(*channel, channel->players.begin(), to_string(session::End::kShutdown));
  }
  channels_.clear();
  fresh_.clear();
  publish_figures();
}

}  // namespace aegis::relay
