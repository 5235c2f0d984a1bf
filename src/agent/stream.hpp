// `aegis stream`: what the command line hands to the agent.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/bit_rate_bounds.hpp"
#include "agent/link_settings.hpp"
#include "common/base/defaults.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"
#include "common/bond/proof.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::agent {

// One --link: an interface name or a source address.
struct LinkSpec {
  std::string name;
  LinkSettings settings = {};  // at the start; see LinkKeeper
};

// A relay, and what it knows this publisher by.
struct RelayTarget {
  HostPort address;
  std::string stream_id = {};
  std::optional<crypto::Secret> passphrase = {};
  std::string pairing = {};                 // its name; empty: none
  std::optional<bond::Device> device = {};  // with a pairing: who we are to it
  crypto::Digest fingerprint = {};          // with a pairing: the relay's
};

struct StreamOptions {
  // test | FILE | - | udp://HOST:PORT: the first that works.
  std::vector<std::string> inputs = {"test"};
  bool loop = false;                // start a file again at its end
  bool encode = false;              // MPEG-TS, too
  std::string slate;                // a picture for when no input has any; empty: our card
  std::optional<HostPort> proxy;    // do not encode: bond any SRT caller's datagrams
  std::vector<RelayTarget> relays;  // at least one; the next takes over when one does not answer
  std::vector<LinkSpec> links;      // empty: every usable interface, watched
  Duration latency = defaults::kLatency;
  BitRateBounds bitrate = {defaults::kVideoBitRate, defaults::kVideoBitRate};
  std::filesystem::path data_file;  // counts of what each link has carried
  std::filesystem::path state;      // where pairings are; looked at again while we run
  bool json = false;                // events on stdout, one JSON object a line
};

// Runs until the input ends, SIGTERM or SIGINT. The whole of the agent: threads, sockets, retries.
Status run(const StreamOptions& options);

}  // namespace aegis::agent
