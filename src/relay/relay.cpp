#include "relay/relay.hpp"

#include <thread>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "common/config/key_file.hpp"
#include "common/http/tls.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/resolve.hpp"
#include "relay/api.hpp"
#include "relay/option_error.hpp"

namespace aegis::relay {
namespace {

// How long the links have to carry the publishers' goodbyes once SRT is closed.
constexpr Duration kGoodbye = 100ms;
// How long a hook has to be told of the end.
constexpr Duration kLastWord = 1s;

Result<Endpoint> resolve_one(const HostPort& where, std::string_view option) {
  if (where.host.empty()) return Endpoint::any_v6(where.port);
  auto found = os::resolve(where);
  if (found) return found->front();
  auto error = found.error();
  error.what = fmt::format("--{} {}: {}", option, to_string(where), error.what);
  return error;
}

// What HTTP beyond this host must have: others see what goes by, and ask as they like.
Status check_exposure(const Endpoint& local, const ServeOptions& options) {
  bool const tls = !options.tls_cert.empty();
  if (tls != !options.tls_key.empty())
    return Error{ErrorKind::kConfiguration, tls ? "--tls-cert" : "--tls-key",
                 "a certificate and its key are given together, or neither",
                 "--tls-cert FILE --tls-key FILE"};
  if (local.is_loopback() || (tls && !options.api_key.empty())) return success();
  return Error{ErrorKind::kConfiguration, fmt::format("--http {}", to_string(local)),
               "figures leave this host only by TLS, and for who has the API key",
               fmt::format("add --tls-cert, --tls-key and --api-key, or use --http 127.0.0.1:{}",
                           local.port())};
}

}  // namespace

Relay::Relay(std::unique_ptr<AccessStore> store, const ServeOptions& options)
    : started_(os::now()),
      started_wall_(os::wall_now()),
      options_(options),
      store_(std::move(store)),
      gate_(*store_, groups_, options.callers, options.second_publisher, options.require_auth) {}

Result<std::unique_ptr<Relay>> Relay::start(const ServeOptions& options) {
  auto store = AccessStore::open(options.state);
  if (!store) return store.error();
  std::unique_ptr<Relay> relay(new Relay(std::move(*store), options));
  if (!options.forward)
    if (auto opened = relay->open_srt(options); !opened) return opened.error();
  if (auto opened = relay->open_bond(options); !opened) return opened.error();
  if (auto opened = relay->open_http(options); !opened) return opened.error();
  relay->tend_pairing();
  if (relay->media_)
    relay->media_worker_ = Worker("srt", [media = relay->media_.get()] { media->run(); });
  relay->bond_worker_ = Worker("bond", [bond = relay->bond_.get()] { bond->run(); });
  return relay;
}

Relay::~Relay() {
  stop(Duration::max());
}

Status Relay::open_srt(const ServeOptions& options) {
  auto const publish = resolve_one(options.srt_publish, "srt-publish");
  if (!publish) return publish.error();
  auto const play = resolve_one(options.srt_play, "srt-play");
  if (!play) return play.error();
  if (!options.record.directory.empty()) {
    auto recorder = Recorder::open(options.record, events_);
    if (!recorder) return recorder.error();
    recorder_ = std::move(*recorder);
  }
  MediaServer::Options media{*publish, *play, options.sessions, recorder_.get(),
                             [this](GroupId group) { bond_->close_group(group); }};
  auto opened = MediaServer::open(std::move(media), *store_, gate_, groups_, events_);
  if (!opened) return opened.error();
  media_ = std::move(*opened);
  return success();
}

Status Relay::open_bond(const ServeOptions& options) {
  auto const links = resolve_one(options.srtla, "srtla");
  if (!links) return links.error();
  auto const server = options.forward ? resolve_one(*options.forward, "forward")
                                      : Result<Endpoint>(media_->internal_endpoint());
  if (!server) return server.error();
  auto opened =
      BondIngress::open({*links, *server, options.callers, options.require_auth}, groups_, events_);
  if (!opened) return with_option(opened.error(), "srtla");
  bond_ = std::move(*opened);
  bond_->set_devices(store_->current()->devices());
  return success();
}

Status Relay::open_http(const ServeOptions& options) {
  auto const local = resolve_one(options.http, "http");
  if (!local) return local.error();
  if (auto fit = check_exposure(*local, options); !fit) return fit;
  ApiSources sources{[this] { return look(); },
                     [this] { return draining_.load(); },
                     [this] { return store_->current(); },
                     [this] { return api_key(); },
                     &events_,
                     [this](const std::string& stream) { media_->kick_session(stream); },
                     [this](PlayerId player) { media_->kick_player(player); },
                     [this] { drain(); }};
  auto keys = read_keys(options);
  if (!keys) return keys.error();
  use_keys(*keys);
  auto opened = http::Server::start(
      *local, [sources](const http::Request& request) { return answer(sources, request); }, {},
      std::move(keys->tls));
  if (!opened) return with_option(opened.error(), "http");
  http_ = std::move(*opened);
  use_hooks(options.hooks, *keys);
  return success();
}

Result<Relay::Keys> Relay::read_keys(const ServeOptions& options) {
  Keys keys;
  if (!options.tls_cert.empty()) {
    auto made = http::server_tls(options.tls_cert, options.tls_key);
    if (!made) return made.error();
    keys.tls = std::move(*made);
  }
  for (auto const& [file, noun, key] :
       {std::tuple(&options.api_key, "API key file", &keys.api),
        std::tuple(&options.hook_key, "hook key file", &keys.hook)}) {
    if (file->empty()) continue;
    auto loaded = config::load_key_file(*file, noun);
    if (!loaded) return loaded.error();
    *key = std::move(*loaded);
  }
  return keys;
}

void Relay::use_keys(const Keys& keys) {
  std::lock_guard const lock(api_key_mutex_);
  api_key_ = keys.api;
}

void Relay::use_hooks(const std::vector<std::string>& hooks, const Keys& keys) {
  if (hooks == options_.hooks && keys.hook == hook_key_ && hooks.size() == hooks_.size()) return;
  hooks_.clear();
  for (auto const& where : hooks)
    hooks_.push_back(std::make_unique<Hook>(events_, Hook::Options{where, keys.hook}));
  hook_key_ = keys.hook;
}

std::optional<crypto::Secret> Relay::api_key() const {
  std::lock_guard const lock(api_key_mutex_);
  return api_key_;
}

Result<std::vector<ConfigChange>> Relay::reconfigure(const ServeOptions& fresh) {
  auto changes = config_changes(options_, fresh);
  auto const next = with_live_changes(options_, fresh);
  auto keys = read_keys(next);
  if (!keys) return keys.error();
  use_keys(*keys);
  use_hooks(next.hooks, *keys);
  http_->set_tls(std::move(keys->tls));
  gate_.set_rules(next.callers, next.second_publisher);
  bond_->set_callers(next.callers);
  if (media_) media_->reconfigure(next.sessions);
  options_ = next;
  return changes;
}

Result<bool> Relay::refresh_access() {
  auto changed = store_->refresh();
  if (changed && *changed) bond_->set_devices(store_->current()->devices());
  tend_pairing();
  return changed;
}

// The door for rigs that pair is open for as long as anybody may come through it.
void Relay::tend_pairing() {
  auto const access = store_->current();
  bool const wanted = options_.pair_listen && access->pairs(os::wall_now());
  if (pairing_ && (!wanted || !(pairing_->identity() == access->identity()))) {
    pairing_.reset();
    os::log::info("pairing listener closed");
  }
  if (!wanted || pairing_) return;
  auto opened = open_pairing();
  if (opened) {
    pairing_ = std::move(*opened);
    pairing_trouble_.clear();
    os::log::info("pairing listener opened address={}", to_string(pairing_->local()));
  } else if (std::exchange(pairing_trouble_, opened.error().why) != opened.error().why) {
    os::log::error(opened.error());
  }
}

Result<std::unique_ptr<PairingDesk>> Relay::open_pairing() {
  auto const local = resolve_one(*options_.pair_listen, "pair-listen");
  if (!local) return local.error();
  auto opened = PairingDesk::open(
      {*local, options_.state, store_->current()->identity(), bond_->links_endpoint().port()},
      gate_);
  if (!opened) return with_option(opened.error(), "pair-listen");
  return opened;
}

void Relay::drain() {
  if (draining_.exchange(true)) return;
  gate_.drain();
  os::log::info("draining: sessions go on, nobody new is taken");
  events_.add("draining", nlohmann::json::object());
}

bool Relay::is_drained() const {
  if (!draining_) return false;
  return media_ ? media_->figures()->sessions.empty() : bond_->figures()->receiver.groups.empty();
}

FiguresView Relay::look() const {
  FiguresView view{bond_->figures(), nullptr, nullptr, started_, os::now(), started_wall_};
  view.access = store_->current();
  if (media_) {
    view.media = media_->figures();
    view.gate = &gate_;
    if (recorder_) view.recording = recorder_->figures();
  }
  return view;
}

Relay::Bound Relay::bound() const {
  Bound bound{bond_->links_endpoint(), http_->local(), {}, {}, {}};
  if (pairing_) bound.pairing = pairing_->local();
  if (media_) {
    bound.srt_publish = media_->publish_endpoint();
    bound.srt_play = media_->play_endpoint();
  }
  return bound;
}

std::string Relay::summary() const {
  auto const count = [](std::size_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
  };
  auto const groups = count(bond_->figures()->receiver.groups.size(), "bond group");
  if (!media_) return groups;
  auto const media = media_->figures();
  return fmt::format("{}, {}, {}", count(media->sessions.size(), "session"),
                     count(media->players.size(), "player"), groups);
}

bool Relay::stop(Duration patience) {
  draining_ = true;
  pairing_.reset();
  if (media_) media_->stop();
  if (!media_worker_.join(patience)) return false;
  if (recorder_ && !recorder_->finish(patience)) return false;
  if (!bond_worker_.running()) return true;
  if (media_) std::this_thread::sleep_for(kGoodbye);
  bond_->stop();
  if (!bond_worker_.join(patience)) return false;
  for (auto const& hook : hooks_) hook->finish(kLastWord);
  return true;
}

}  // namespace aegis::relay
