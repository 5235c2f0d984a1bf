// The relay's HTTP answers: figures as JSON.
#pragma once

#include <functional>
#include <memory>

#include "common/base/time.hpp"
#include "common/http/server.hpp"
#include "relay/figures.hpp"
#include "relay/gate.hpp"

namespace aegis::relay {

// Where the figures come from. Either may be absent: a forwarding relay ends no SRT.
struct ApiSources {
  std::function<std::shared_ptr<const BondFigures>()> bond;
  std::function<std::shared_ptr<const MediaFigures>()> media;
  const Gate* gate = nullptr;
  Time started{};
};

// GET /healthz, GET /api/v1/status; anything else is an error in JSON. Runs on the server's thread.
http::Response answer(const ApiSources& sources, const http::Request& request);

}  // namespace aegis::relay
