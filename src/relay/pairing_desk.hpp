// Where rigs come with an invitation, or for a new key: HTTPS of the relay's own identity, on a
// thread of its own, for as long as there is anybody who may come (aegis-pair(7)).
#pragma once

#include <filesystem>
#include <memory>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/bond/source_limiter.hpp"
#include "common/http/server.hpp"
#include "relay/gate.hpp"

namespace aegis::relay {

class PairingDesk {
 public:
  struct Options {
    Endpoint local;
    std::filesystem::path state;
    crypto::Secret identity;
    std::uint16_t srtla_port = 0;  // what a rig is told
  };

  // `gate`, which knows who may call at all, outlives the desk. Errors: as http::Server::start.
  static Result<std::unique_ptr<PairingDesk>> open(Options options, const Gate& gate);

  Endpoint local() const { return server_->local(); }
  const crypto::Secret& identity() const { return options_.identity; }

 private:
  PairingDesk(Options options, const Gate& gate);
  http::Response answer(const http::Request& request);
  http::Response pair(const http::Request& request);
  http::Response confirm(const http::Request& request);

  const Options options_;
  const Gate& gate_;
  bond::SourceLimiter limiter_;
  std::unique_ptr<http::Server> server_;  // last: its thread uses the rest
};

}  // namespace aegis::relay
