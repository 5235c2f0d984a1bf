#include "relay/media_server.hpp"

#include <algorithm>
#include <cassert>
#include <thread>
#include <utility>

#include "common/base/defaults.hpp"
#include "common/os/clock.hpp"
#include "relay/option_error.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;

constexpr Duration kInternalLatencyFloor = 200ms;
constexpr Duration kPublishLatencyFloor = 120ms;
// What waits for the next look is late by this much at most: nothing to a stream's latency, and the
// packets of all streams are handled together.
constexpr Duration kPace = 10ms;
// Nobody is connected.
constexpr Duration kIdlePace = 50ms;
constexpr int kRoundsPerTurn = 4;
// The fastest stream that the buffers are made for.
constexpr BitRate kFastest = BitRate::megabits(20);
constexpr Bytes kSrtPacket{1472};
constexpr Bytes kUdpBuffer{8'000'000};
// libsrt keeps what it sends for at least a second, whatever the latency.
constexpr Duration kSendKeep = 1s + defaults::kPlayLatency;
constexpr int kUnusedReceivePackets = 64;

os::SrtOptions publish_options(Duration latency_floor) {
  os::SrtOptions options;
  options.latency = latency_floor;
  options.receive_buffer = kFastest * (defaults::kLatency + 1s);
  options.flow_window_packets =
      static_cast<int>(options.receive_buffer.count() / kSrtPacket.count()) + 1;
  options.udp_buffer = kUdpBuffer;
  return options;
}

os::SrtOptions play_options() {
  os::SrtOptions options;
  options.latency = defaults::kPlayLatency;
  options.send_buffer = kFastest * kSendKeep;
  options.receive_buffer = Bytes(kUnusedReceivePackets * kSrtPacket.count());
  options.udp_buffer = kUdpBuffer;
  return options;
}

}  // namespace

Result<std::unique_ptr<MediaServer>> MediaServer::open(Options options, const AccessStore& store,
                                                       Gate& gate, const GroupDirectory& groups,
                                                       EventLog& events) {
  std::unique_ptr<MediaServer> server(
      new MediaServer(std::move(options), store, gate, groups, events));
  if (auto opened = server->open_listeners(); !opened) return opened.error();
  return server;
}

MediaServer::MediaServer(Options options, const AccessStore& store, Gate& gate,
                         const GroupDirectory& groups, EventLog& events)
    : options_(std::move(options)),
      store_(store),
      gate_(gate),
      groups_(groups),
      events_(events),
      sessions_(options_.sessions),
      access_(store.current()) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Refusal::kCount); ++i)
    refusal_logs_.emplace_back(
        fmt::format("SRT caller refused why=\"{}\"", to_string(static_cast<Refusal>(i))));
}

Status MediaServer::open_listeners() {
  auto const door = [this](Right right) {
    return [this, right](const os::SrtSocket::Caller& caller) {
      return gate_.admit_stranger(right, caller);
    };
  };
  auto internal = os::SrtSocket::listen(
      Endpoint::loopback(0), publish_options(kInternalLatencyFloor),
      [this](const os::SrtSocket::Caller& caller) { return gate_.admit(Right::kPublish, caller); });
  if (!internal) return internal.error();
  auto publish = os::SrtSocket::listen(options_.publish, publish_options(kPublishLatencyFloor),
                                       door(Right::kPublish));
  if (!publish) return with_option(publish.error(), "srt-publish");
  auto play = os::SrtSocket::listen(options_.play, play_options(), door(Right::kPlay));
  if (!play) return with_option(play.error(), "srt-play");
  internal_ = std::move(*internal);
  publish_ = std::move(*publish);
  play_ = std::move(*play);
  for (auto const* listener : {&internal_, &publish_, &play_}) epoll_.add(*listener, true, false);
  return success();
}

// The thread looks at its sockets at a steady pace instead of waiting for them: libsrt would wake
// it for every packet of every stream, and that costs more than the packets do.
void MediaServer::run() {
  while (!stopping_) {
    Time const began = os::now();
    bool const busy = take_turn(began);
    auto const pace = connections_.empty() ? kIdlePace : kPace;
    auto const left = began + pace - os::now();
    if (!busy && left > Duration{}) std::this_thread::sleep_for(left);
  }
  take_turn(os::now());  // libsrt tells nobody who was never accepted that it is over
  close_everything();
}

// True when not everything that waited was done.
bool MediaServer::take_turn(Time now) {
  now_ = now;
  bool drained = false;
  for (int round = 0; round < kRoundsPerTurn && !drained; ++round) {
    auto const& events = epoll_.wait(Duration{});
    for (auto const& event : events) on_event(event);
    drained = events.empty();
  }
  pump_fresh_channels();
  if (now_ >= next_chores_) do_chores();
  return !drained || !fresh_.empty();
}

void MediaServer::stop() {
  stopping_ = true;
}

void MediaServer::on_event(const os::SrtEpoll::Event& event) {
  if (event.handle == internal_.handle()) return accept_publishers(internal_, true);
  if (event.handle == publish_.handle()) return accept_publishers(publish_, false);
  if (event.handle == play_.handle()) return accept_players();
  auto const found = connections_.find(event.handle);
  if (found == connections_.end()) return;  // ended earlier in this turn
  auto const [channel, player, publishes] = found->second;
  if (publishes) return read_publisher(*channel);
  if (event.broken) return end_player(*channel, player, player->socket().reason());
  pump_player(*channel, player);
}

// --- Who comes ---------------------------------------------------------------------------------

void MediaServer::accept_publishers(os::SrtSocket& listener, bool bonded) {
  while (auto accepted = listener.accept()) take_publisher(std::move(*accepted), bonded);
}

void MediaServer::accept_players() {
  while (auto accepted = play_.accept()) take_player(std::move(*accepted));
}

void MediaServer::take_publisher(os::SrtSocket::Accepted accepted, bool bonded) {
  auto verdict = gate_.grant(Right::kPublish, {accepted.from, accepted.stream_id});
  if (auto const* refusal = std::get_if<Refusal>(&verdict)) return turn_away(accepted, *refusal);
  auto& grant = std::get<Grant>(verdict);
  auto& channel = channel_of(grant.stream);
  auto const from = accepted.from;
  if (channel.publisher != nullptr && gate_.is_taken(channel.stream, from))
    return turn_away(accepted, Refusal::kConflict);
  bool const again = channel.publication.has_value();
  again ? reopen_session(channel) : open_session(channel);
  auto& publication = *channel.publication;
  publication.grant = std::move(grant);
  auto const entry = bonded ? groups_.find(from) : std::nullopt;
  publication.arrival = {bonded, entry};
  channel.publisher = std::make_unique<Publisher>(std::move(accepted), now_);
  auto const& socket = channel.publisher->socket();
  connections_[socket.handle()] = {&channel, {}, true};
  epoll_.add(socket, true, false);
  gate_.occupy(channel.stream, from);
  auto const group = publication.arrival.group();
  events_.add(again ? "session_reconnected" : "session_started",
              {{"stream", channel.stream},
               {"via", bonded ? "srtla" : "srt"},
               {"group", group ? nlohmann::json(group->value) : nullptr}});
  log::info("publisher connected stream={} via={}{}", channel.stream, bonded ? "srtla" : "srt",
            bonded ? group ? fmt::format(" group={}", group->value) : "" : " from=" + masked(from));
}

void MediaServer::open_session(Channel& channel) {
  auto const id = sessions_.claim(channel.stream, now_);
  assert(id && "who has a session has a publication");
  sessions_.on_event(*id, session::Event::kConnected, now_);
  gate_.open_session(channel.stream);
  channel.publication.emplace();
  channel.publication->id = *id;
  channel.publication->started = now_;
  if (options_.recorder != nullptr)
    channel.publication->record = options_.recorder->record(channel.stream, now_);
  ++totals_.sessions_started;
}

// The publisher is back, or another connection takes the place of the one that there is.
void MediaServer::reopen_session(Channel& channel) {
  auto& publication = *channel.publication;
  bool const takes_over = channel.publisher != nullptr;
  if (takes_over) drop_publisher(channel);
  sessions_.on_event(publication.id,
                     takes_over ? session::Event::kReplaced : session::Event::kConnected, now_);
  if (publication.last_media) channel.ring.splice(now_);
  ++publication.resumes;
  ++totals_.sessions_resumed;
  if (takes_over) log::info("publisher replaced stream={}", channel.stream);
}

void MediaServer::take_player(os::SrtSocket::Accepted accepted) {
  auto verdict = gate_.grant(Right::kPlay, {accepted.from, accepted.stream_id});
  if (auto const* refusal = std::get_if<Refusal>(&verdict)) return turn_away(accepted, *refusal);
  auto& grant = std::get<Grant>(verdict);
  auto& channel = channel_of(grant.stream);
  auto const player =
      channel.players.emplace(channel.players.end(), PlayerId{++last_player_}, std::move(accepted),
                              std::move(grant), channel.ring, now_);
  connections_[player->socket().handle()] = {&channel, player, false};
  epoll_.add(player->socket(), false, false);
  ++totals_.players_started;
  events_.add("player_started", {{"stream", channel.stream},
                                 {"player", player->id().value},
                                 {"players", channel.players.size()},
                                 {"address", masked(player->from())}});
  log::info("player connected stream={} from={}{}", channel.stream, masked(player->from()),
            !channel.publication ? " waiting=\"for a publisher\"" : "");
  mark_fresh(channel);
}

// What was let in by the hook but has become wrong since: it is closed as its `accepted` goes.
void MediaServer::turn_away(const os::SrtSocket::Accepted& accepted, Refusal refusal) {
  gate_.count(refusal, accepted.from);
}

// --- Media -------------------------------------------------------------------------------------

void MediaServer::read_publisher(Channel& channel) {
  auto& publisher = *channel.publisher;
  auto& publication = *channel.publication;
  auto const before = publisher.packets();
  bool const stands = publisher.read(channel.ring, publication.record.get(), now_);
  auto const got = publisher.packets() - before;
  totals_.packets_in += got;
  publication.packets += got;
  if (got > 0) {
    publication.last_media = now_;
    bool const stalled = sessions_.state(publication.id) == session::State::kStalled;
    sessions_.on_event(publication.id, session::Event::kMedia, now_);
    if (stalled) {
      log::info("media flows again stream={}", channel.stream);
      events_.add("session_resumed", {{"stream", channel.stream}});
    }
    mark_fresh(channel);
  }
  if (stands) return;
  auto const why = publisher.socket().reason();
  auto const next = sessions_.on_event(publication.id, session::Event::kDisconnected, now_);
  if (next == session::State::kGrace) return keep_for_publisher(channel, why);
  end_session(channel, session::Event::kDisconnected, session::End::kDisconnected);
}

void MediaServer::drop_publisher(Channel& channel) {
  auto const publisher = std::move(channel.publisher);
  connections_.erase(publisher->socket().handle());
  epoll_.remove(publisher->socket());
  gate_.vacate(channel.stream);
  channel.ring.end_of_media();
}

// The session is in grace: players keep their connections, and what they were about to be sent.
void MediaServer::keep_for_publisher(Channel& channel, const std::string& why) {
  drop_publisher(channel);
  auto const patience = sessions_.deadline(channel.publication->id) - now_;
  events_.add("session_grace",
              {{"stream", channel.stream}, {"reason", why}, {"grace_ms", patience / 1ms}});
  log::warn("publisher gone, its players wait stream={} why=\"{}\" for={}", channel.stream, why,
            aegis::to_string(patience));
}

// Players that have had some of it end with it: nothing tells them better that it is over. Those
// that came before any media wait on, for the next.
void MediaServer::end_session(Channel& channel, session::Event event, session::End end) {
  if (channel.publisher != nullptr) drop_publisher(channel);
  auto const publication = std::move(*channel.publication);
  channel.publication.reset();
  sessions_.on_event(publication.id, event, now_);  // unknown by now when a deadline ended it
  gate_.close_session(channel.stream);
  ++totals_.sessions_ended[static_cast<std::size_t>(end)];
  events_.add("session_ended", {{"stream", channel.stream},
                                {"reason", to_string(end)},
                                {"duration_ms", (now_ - publication.started) / 1ms},
                                {"packets", publication.packets}});
  log::info("session ended stream={} why=\"{}\" after={} packets={}", channel.stream,
            to_string(end), aegis::to_string(now_ - publication.started), publication.packets);
  if (publication.last_media) {
    auto const why = fmt::format("the stream ended: {}", to_string(end));
    while (!channel.players.empty()) end_player(channel, channel.players.begin(), why);
  }
  auto const group = publication.arrival.group();
  if (end == session::End::kRevoked && group && options_.close_group) options_.close_group(*group);
}

void MediaServer::pump_fresh_channels() {
  auto const turn = std::exchange(fresh_, {});
  for (auto* channel : turn) channel->fresh = false;
  for (auto* channel : turn) {
    for (auto player = channel->players.begin(); player != channel->players.end();) {
      auto const current = player++;
      pump_player(*channel, current);
    }
  }
}

void MediaServer::pump_player(Channel& channel, std::list<Player>::iterator player) {
  auto const before = player->packets();
  auto const lapped_before = player->lapped_packets();
  auto const outcome = player->pump(channel.ring);
  totals_.packets_out += player->packets() - before;
  totals_.lapped_packets += player->lapped_packets() - lapped_before;
  switch (outcome) {
    case Player::Pump::kCaughtUp:
      return player->set_waiting(epoll_, false);
    case Player::Pump::kMore:
      player->set_waiting(epoll_, false);
      return mark_fresh(channel);
    case Player::Pump::kBlocked:
      return player->set_waiting(epoll_, true);
    case Player::Pump::kGone:
      return end_player(channel, player, player->socket().reason());
  }
}

void MediaServer::end_player(Channel& channel, std::list<Player>::iterator player,
                             const std::string& why) {
  connections_.erase(player->socket().handle());
  epoll_.remove(player->socket());
  ++totals_.players_ended;
  events_.add("player_ended", {{"stream", channel.stream},
                               {"player", player->id().value},
                               {"players", channel.players.size() - 1},
                               {"address", masked(player->from())},
                               {"reason", why},
                               {"duration_ms", (now_ - player->started()) / 1ms}});
  log::info("player gone stream={} from={} why=\"{}\" after={} packets={} lapped={}",
            channel.stream, masked(player->from()), why, aegis::to_string(now_ - player->started()),
            player->packets(), player->lapped_packets());
  channel.players.erase(player);
}

Channel& MediaServer::channel_of(const std::string& stream) {
  auto& channel = channels_[stream];
  if (channel == nullptr) channel = std::make_unique<Channel>(stream);
  return *channel;
}

void MediaServer::mark_fresh(Channel& channel) {
  if (channel.fresh) return;
  channel.fresh = true;
  fresh_.push_back(&channel);
}

}  // namespace aegis::relay
