// The relay's HTTP answers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/http/server.hpp"
#include "relay/event_log.hpp"
#include "relay/figures_view.hpp"

namespace aegis::relay {

struct ApiSources {
  std::function<FiguresView()> look;  // the newest figures, and the time now
  std::function<bool()> is_draining;  // the relay is on its way out
  // The stream whose figures this key opens.
  std::function<std::optional<std::string>(std::string_view)> stream_of;
  // Asked of everybody (RFC 6750) but who looks at health or brings a stats key; none: of nobody.
  std::optional<crypto::Secret> api_key;
  const EventLog* events = nullptr;
};

// Runs on the server's thread. GET only:
//   /healthz         200 while the process answers
//   /readyz          200 while publishers and players are taken, else 503 with the reason
//   /metrics         for Prometheus: OpenMetrics, or the older text when only that is asked for
//   /api/v1/status   everything, as JSON
//   /api/v1/events   what happens from now on, one JSON object a line, without end
//   /stats/KEY       one stream's figures as OpenIRL tells them; KEY is the stream's stats key
//   /stats/KEY?legacy=1, /stats?publisher=KEY   as the SRT Live Server tells them
// Anything else is an error in JSON.
http::Response answer(const ApiSources& sources, const http::Request& request);

}  // namespace aegis::relay
