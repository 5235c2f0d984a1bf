// `aegis relay serve`: what the command line hands to the relay.
#pragma once

#include <filesystem>
#include <optional>

#include "common/base/defaults.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"

namespace aegis::relay {

struct ServeOptions {
  HostPort srtla{"", defaults::kSrtlaPort};
  HostPort srt_publish{"", defaults::kSrtPublishPort};
  HostPort srt_play{"", defaults::kSrtPlayPort};
  HostPort http{"127.0.0.1", defaults::kHttpPort};
  std::optional<HostPort> forward;  // hand the bonded SRT to this server instead of ending it
  std::filesystem::path state;
};

// Runs until SIGTERM or SIGINT. The whole of the relay: threads, sockets, listeners.
Status serve(const ServeOptions& options);

}  // namespace aegis::relay
