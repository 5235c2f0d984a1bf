// The whole relay as one object: opens every socket, owns every thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/http/server.hpp"
#include "relay/access_store.hpp"
#include "relay/bond_ingress.hpp"
#include "relay/config_change.hpp"
#include "relay/event_log.hpp"
#include "relay/figures_view.hpp"
#include "relay/gate.hpp"
#include "relay/group_directory.hpp"
#include "relay/hook.hpp"
#include "relay/media_server.hpp"
#include "relay/pairing_desk.hpp"
#include "relay/recorder.hpp"
#include "relay/serve.hpp"
#include "relay/worker.hpp"

namespace aegis::relay {

class Relay {
 public:
  // What is bound, and nothing else.
  struct Bound {
    Endpoint srtla, http;
    std::optional<Endpoint> srt_publish, srt_play;  // not with --forward
    std::optional<Endpoint> pairing;                // while there is anybody who may come
  };

  // Opens everything before anything runs, then starts the threads. Errors name the option whose
  // address could not be had.
  static Result<std::unique_ptr<Relay>> start(const ServeOptions& options);
  ~Relay();  // stop() without a limit
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  Bound bound() const;
  std::size_t stream_count() const { return store_->current()->stream_count(); }

  // Do all of its threads still get on?
  bool works() const { return !what_hangs(look()); }

  // What goes on, in a few words: "1 session, 2 players, 1 bond group".
  std::string summary() const;

  // Looks at the state file again; who has lost a right is out within half a second. To be called
  // twice a second, by one thread.
  Result<bool> refresh_access();

  // Reads certificate and keys again and puts into effect what can be without a restart; tells what
  // differs. An error changes nothing.
  Result<std::vector<ConfigChange>> reconfigure(const ServeOptions& fresh);

  // From now on only streams that have a session are taken on, until none is left.
  void drain();
  bool is_drained() const;  // asked some time after drain()

  // Tells publishers and players that it is over, then ends the threads. False when one of them did
  // not end within `patience`.
  bool stop(Duration patience);

 private:
  Relay(std::unique_ptr<AccessStore> store, const ServeOptions& options);
  Status open_srt(const ServeOptions& options);
  Status open_bond(const ServeOptions& options);
  Status open_http(const ServeOptions& options);
  void tend_pairing();
  Result<std::unique_ptr<PairingDesk>> open_pairing();
  struct Keys {
    http::Server::Tls tls;
    std::optional<crypto::Secret> api, hook;
  };
  static Result<Keys> read_keys(const ServeOptions& options);
  void use_keys(const Keys& keys);
  void use_hooks(const std::vector<std::string>& hooks, const Keys& keys);
  std::optional<crypto::Secret> api_key() const;
  FiguresView look() const;

  const Time started_;
  const WallTime started_wall_;
  std::atomic<bool> draining_{false};
  ServeOptions options_;  // as they are in effect
  mutable std::mutex api_key_mutex_;
  std::optional<crypto::Secret> api_key_;  // guarded by api_key_mutex_
  // In the order in which they depend on each other.
  std::unique_ptr<AccessStore> store_;
  GroupDirectory groups_;
  Gate gate_;
  EventLog events_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<MediaServer> media_;
  std::unique_ptr<BondIngress> bond_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<PairingDesk> pairing_;
  std::string pairing_trouble_;  // why it cannot be opened, as it was last logged
  std::vector<std::unique_ptr<Hook>> hooks_;
  std::optional<crypto::Secret> hook_key_;  // that they sign with
  Worker media_worker_, bond_worker_;
};

}  // namespace aegis::relay
