// The relay's HTTP answers.
#pragma once

#include <functional>

#include "common/http/server.hpp"
#include "relay/figures_view.hpp"

namespace aegis::relay {

struct ApiSources {
  std::function<FiguresView()> look;  // the newest figures, and the time now
  std::function<bool()> is_draining;  // the relay is on its way out
};

// Runs on the server's thread. GET only:
//   /healthz         200 while the process answers
//   /readyz          200 while publishers and players are taken, else 503 with the reason
//   /metrics         for Prometheus: OpenMetrics, or the older text when only that is asked for
//   /api/v1/status   everything, as JSON
// Anything else is an error in JSON.
http::Response answer(const ApiSources& sources, const http::Request& request);

}  // namespace aegis::relay
