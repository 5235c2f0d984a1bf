#include "relay/media_server.hpp"

#include <algorithm>
#include <utility>

#include "common/base/defaults.hpp"
#include "common/os/clock.hpp"
#include "relay/option_error.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;

constexpr Duration kInternalLatencyFloor = 200ms;
constexpr Duration kPublishLatencyFloor = 120ms;
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

void MediaServer::run() {
  while (!stopping_) {
    auto const patience = fresh_.empty() ? std::max(Duration{}, next_chores_ - now_) : Duration{};
    auto const& events = epoll_.wait(patience);
    now_ = os::now();
    for (auto const& event : events) on_event(event);
    pump_fresh_channels();
    if (now_ >= next_chores_) do_chores();
  }
  close_everything();
}

void MediaServer::stop() {
  stopping_ = true;
  epoll_.wake();
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
  auto verdict = gate_.grant(Right::kPublish, accepted.stream_id);
  if (auto const* refusal = std::get_if<Refusal>(&verdict)) return turn_away(accepted, *refusal);
  auto& grant = std::get<Grant>(verdict);
  auto& channel = channel_of(grant.stream);
  if (channel.publisher != nullptr && channel.publisher->from() == accepted.from)
    end_session(channel, session::Event::kReplaced, session::End::kReplaced, "");
  auto const id = sessions_.claim(grant.stream, now_);
  if (!id) return turn_away(accepted, Refusal::kConflict);
  sessions_.on_event(*id, session::Event::kConnected, now_);

  Arrival const arrival{bonded, bonded ? groups_.find(accepted.from) : std::nullopt};
  auto const from = accepted.from;
  channel.publisher =
      std::make_unique<Publisher>(std::move(accepted), std::move(grant), *id, arrival, now_);
  auto const& socket = channel.publisher->socket();
  connections_[socket.handle()] = {&channel, {}, true};
  epoll_.add(socket, true, false);
  gate_.occupy(channel.stream, from);
  ++totals_.sessions_started;
  events_.add("session_started",
              {{"stream", channel.stream},
               {"via", bonded ? "srtla" : "srt"},
               {"group", arrival.group ? nlohmann::json(arrival.group->value) : nullptr}});
  if (arrival.group) {
    log::info("publisher connected stream={} via=srtla group={}", channel.stream,
              arrival.group->value);
  } else {
    log::info("publisher connected stream={} via={} from={}", channel.stream,
              bonded ? "srtla" : "srt", masked(from));
  }
}

void MediaServer::take_player(os::SrtSocket::Accepted accepted) {
  auto verdict = gate_.grant(Right::kPlay, accepted.stream_id);
  if (auto const* refusal = std::get_if<Refusal>(&verdict)) return turn_away(accepted, *refusal);
  auto& grant = std::get<Grant>(verdict);
  auto& channel = channel_of(grant.stream);
  auto const player = channel.players.emplace(channel.players.end(), std::move(accepted),
                                              std::move(grant), channel.ring, now_);
  connections_[player->socket().handle()] = {&channel, player, false};
  epoll_.add(player->socket(), false, false);
  ++totals_.players_started;
  events_.add("player_started", {{"stream", channel.stream}, {"address", masked(player->from())}});
  log::info("player connected stream={} from={}{}", channel.stream, masked(player->from()),
            channel.publisher == nullptr ? " waiting=\"for a publisher\"" : "");
  mark_fresh(channel);
}

// What was let in by the hook but has become wrong since: it is closed as its `accepted` goes.
void MediaServer::turn_away(const os::SrtSocket::Accepted& accepted, Refusal refusal) {
  gate_.count(refusal, accepted.from);
}

// --- Media -------------------------------------------------------------------------------------

void MediaServer::read_publisher(Channel& channel) {
  auto& publisher = *channel.publisher;
  auto const before = publisher.packets();
  auto const outcome = publisher.read(channel.ring, now_);
  auto const got = publisher.packets() - before;
  totals_.packets_in += got;
  if (got > 0) {
    bool const stalled = sessions_.state(publisher.session()) == session::State::kStalled;
    sessions_.on_event(publisher.session(), session::Event::kMedia, now_);
    if (stalled) {
      log::info("media flows again stream={}", channel.stream);
      events_.add("session_resumed", {{"stream", channel.stream}});
    }
    mark_fresh(channel);
  }
  if (outcome == Publisher::Read::kGone)
    end_session(channel, session::Event::kDisconnected, session::End::kDisconnected,
                publisher.socket().reason());
}

void MediaServer::end_session(Channel& channel, session::Event event, session::End end,
                              const std::string& detail) {
  auto const publisher = std::move(channel.publisher);
  sessions_.on_event(publisher->session(), event, now_);  // unknown by now when a deadline ended it
  connections_.erase(publisher->socket().handle());
  epoll_.remove(publisher->socket());
  gate_.vacate(channel.stream);
  channel.ring.end_of_media();
  ++totals_.sessions_ended;
  events_.add("session_ended", {{"stream", channel.stream},
                                {"reason", to_string(end)},
                                {"duration_ms", (now_ - publisher->started()) / 1ms},
                                {"packets", publisher->packets()}});
  log::info("publisher gone stream={} why=\"{}\"{} after={} packets={}", channel.stream,
            to_string(end), detail.empty() ? "" : fmt::format(" detail=\"{}\"", detail),
            aegis::to_string(now_ - publisher->started()), publisher->packets());
  if (end == session::End::kRevoked && publisher->arrival().group && options_.close_group)
    options_.close_group(*publisher->arrival().group);
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
