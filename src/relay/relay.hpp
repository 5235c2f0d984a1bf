// The whole relay as one object: opens every socket, owns every thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/http/server.hpp"
#include "relay/access_store.hpp"
#include "relay/bond_ingress.hpp"
#include "relay/event_log.hpp"
#include "relay/figures_view.hpp"
#include "relay/gate.hpp"
#include "relay/group_directory.hpp"
#include "relay/media_server.hpp"
#include "relay/serve.hpp"
#include "relay/worker.hpp"

namespace aegis::relay {

class Relay {
 public:
  // What is bound, and nothing else.
  struct Bound {
    Endpoint srtla, http;
    std::optional<Endpoint> srt_publish, srt_play;  // not with --forward
  };

  // Opens everything before anything runs, then starts the threads. Errors name the option whose
  // address could not be had.
  static Result<std::unique_ptr<Relay>> start(const ServeOptions& options);
  ~Relay();  // stop() without a limit
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  Bound bound() const;
  std::size_t stream_count() const { return store_->current()->stream_count(); }

  // What goes on, in a few words: "1 session, 2 players, 1 bond group".
  std::string summary() const;

  // Looks at the state file again; who has lost a right is out within half a second.
  Result<bool> refresh_access() { return store_->refresh(); }

  // Tells publishers and players that it is over, then ends the threads. False when one of them did
  // not end within `patience`.
  bool stop(Duration patience);

 private:
  Relay(std::unique_ptr<AccessStore> store, const ServeOptions& options);
  Status open_srt(const ServeOptions& options);
  Status open_bond(const ServeOptions& options);
  Status open_http(const ServeOptions& options);
  FiguresView look() const;

  const Time started_;
  const WallTime started_wall_;
  std::atomic<bool> draining_{false};
  // In the order in which they depend on each other.
  std::unique_ptr<AccessStore> store_;
  Gate gate_;
  GroupDirectory groups_;
  EventLog events_;
  std::unique_ptr<MediaServer> media_;
  std::unique_ptr<BondIngress> bond_;
  std::unique_ptr<http::Server> http_;
  Worker media_worker_, bond_worker_;
};

}  // namespace aegis::relay
