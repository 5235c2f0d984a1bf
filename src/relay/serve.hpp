// `aegis relay serve`: what the command line hands to the relay.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/cidr.hpp"
#include "common/base/defaults.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "relay/recorder.hpp"
#include "relay/session/table.hpp"

namespace aegis::relay {

struct ServeOptions {
  HostPort srtla{"", defaults::kSrtlaPort};
  HostPort srt_publish{"", defaults::kSrtPublishPort};
  HostPort srt_play{"", defaults::kSrtPlayPort};
  HostPort http{"127.0.0.1", defaults::kHttpPort};
  std::optional<HostPort> forward;  // hand the bonded SRT to this server instead of ending it
  std::filesystem::path tls_cert, tls_key;  // of the HTTP server, in PEM; empty: in clear
  std::filesystem::path api_key;            // holds what HTTP asks for; empty: nothing
  AddressRules callers;                     // who may call, bonded or by plain SRT
  bool require_auth = false;                // paired rigs publish, nobody else
  std::optional<HostPort> pair_listen;      // TCP, for rigs that pair; none: nobody can
  session::Limits sessions;
  session::SecondPublisher second_publisher = session::SecondPublisher::kRefuse;
  std::filesystem::path state;
  Recorder::Options record;        // no directory: nothing is recorded
  std::vector<std::string> hooks;  // each as check_hook() wants it
  std::filesystem::path hook_key;  // holds what signs that which goes to URLs; empty: unsigned
  // What the configuration says by then. Errors: kUsage, kConfiguration.
  std::function<Result<ServeOptions>()> reread;
};

// Runs until SIGTERM or SIGINT; after SIGUSR1 until the last session has ended. SIGHUP has it read
// its configuration again. The whole of the relay: threads, sockets, listeners.
Status serve(const ServeOptions& options);

}  // namespace aegis::relay
