// What a program that is not an Aegis relay needs to publish and to play one stream, and the JSON
// document it travels in: written by `aegis pair`, read by `aegis stream --key`. One codec for both
// ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/defaults.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/config/state.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

// What the relay listens on.
struct RelayPorts {
  std::uint16_t srtla = defaults::kSrtlaPort;
  std::uint16_t srt_publish = defaults::kSrtPublishPort;
  std::uint16_t srt_play = defaults::kSrtPlayPort;
  HostPort http{"127.0.0.1", defaults::kHttpPort};
  bool https = false;  // on loopback, too; beyond it HTTP is never in clear
};

// Where stock programs reach the relay. An empty host is one that nobody has named yet.
struct StockKey {
  std::string name;
  std::string host;
  RelayPorts ports;
  crypto::Secret publish_id, play_id;  // SRT stream ids
  crypto::Secret stats_key;
  std::optional<crypto::Secret> publish_passphrase, play_passphrase;
};

// The key of `stream` at the relay `host`.
StockKey stock_key(const Stream& stream, const std::string& host, const RelayPorts& ports = {});

// Where the stream's figures are, for NOALBS and overlays. Nothing when the relay serves them to
// others and has no name. Holds the stats key.
std::optional<std::string> stats_url(const StockKey& key);
// As an entry of "streamServers" in the configuration of NOALBS, indented; `before_2_14` for those
// that do not know its type OpenIRL yet.
std::string noalbs_entry(const StockKey& key, const std::string& stats_url, bool before_2_14);

// {"schema":1,"name":..,"publish":{..},"play":{..},"stats":{..}}, indented. Holds secrets: for
// standard output only, because the user asked for it.
crypto::Secret write_stock_key(const StockKey& key);

// What a rig takes from the document.
struct PublishKey {
  std::string name;
  std::optional<HostPort> srtla;  // nothing when the document names no host
  crypto::Secret stream_id;
  std::optional<crypto::Secret> passphrase;
};

// Reads a key file that nobody else can read. Keys it does not know are left alone: the document
// may grow. kConfiguration otherwise, without a word of its content.
Result<PublishKey> load_publish_key(const std::filesystem::path& file);

}  // namespace aegis::config
