// The relay's HTTP answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/http/server.hpp"
#include "relay/access.hpp"
#include "relay/event_log.hpp"
#include "relay/figures_view.hpp"

namespace aegis::relay {

struct ApiSources {
  std::function<FiguresView()> look;                       // the newest figures, and the time now
  std::function<bool()> is_draining;                       // the relay is on its way out
  std::function<std::shared_ptr<const Access>()> access;   // the newest
  std::function<std::optional<crypto::Secret>()> api_key;  // the operator's
  const EventLog* events = nullptr;
  // Thread-safe; what is to end is known to exist.
  std::function<void(const std::string& stream)> end_session{};
  std::function<void(PlayerId)> end_player{};
  std::function<void()> drain{};
};

// Runs on the server's thread. For everybody:
//   /healthz         200 while the process answers
//   /readyz          200 while publishers and players are taken, else 503 with the reason
//   /stats/KEY       one stream's figures as OpenIRL tells them; KEY is the stream's stats key
//   /stats/KEY?legacy=1, /stats?publisher=KEY   as the SRT Live Server tells them
// For whom asker_of() lets in, as far as its scope goes:
//   /metrics         for Prometheus: OpenMetrics, or the older text when only that is asked for
//   /api/v1/status   everything, as JSON
//   /api/v1/events   what happens from now on, one JSON object a line, without end
//   DELETE /api/v1/sessions/STREAM, DELETE /api/v1/players/ID   ends one
//   POST /api/v1/drain   takes nobody new, then stops; the operator only
// Anything else is an error in JSON.
http::Response answer(const ApiSources& sources, const http::Request& request);

}  // namespace aegis::relay
