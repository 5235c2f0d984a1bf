// The stage of the end-to-end tests: a rig and a relay in namespaces of their own, links between
// them, and a player beside the relay that counts every TS packet.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/emulated_links.hpp"
#include "support/relay_and_rig.hpp"
#include "support/temp_dir.hpp"

namespace aegis::test {

// The two links of most tests: 6 Mbit/s, 30 ms, 0.1 % and 4 Mbit/s, 60 ms, 0.5 %; clean ways back.
std::vector<LinkSpec> two_links();

struct Scene {
  TempDir folder;
  NetNamespace rig{"rig"}, host{"relay"};
  EmulatedLinks links;

  explicit Scene(const std::vector<LinkSpec>& specs = two_links());

  Relay::Options in_host() const;
  // Control sockets of the rig's agents stay among themselves.
  std::vector<std::pair<std::string, std::string>> environment() const;
  // "--link m0 --link m1".
  std::vector<std::string> link_arguments() const;

 private:
  std::vector<LinkSpec> specs_;
};

// What came out of one transmission, from the first counted packet to the last.
struct Transmission {
  nlohmann::json source, sink;  // their accounts
  std::optional<int> stream_code;
  std::string stream_words;  // of `aegis stream`
};

// ts_source -> `aegis stream --input -` -> relay -> ts_sink, all of them running. finish() waits
// for the source to end by itself and for the rest to end after it.
class Broadcast {
 public:
  struct Options {
    std::string rate = "8M", length = "20s";
    std::string relay_host = kRelayV4;
    std::vector<std::string> stream_arguments = {};
    std::vector<std::string> sink_arguments = {};
    std::string sink_host = "127.0.0.1";
  };
  Broadcast(Scene& scene, Relay& relay, Options options);

  // False when no packet has come to the player within `patience`.
  bool wait_for_media(Duration patience = 15s);
  Process& stream() { return *stream_; }
  Transmission finish();

 private:
  std::unique_ptr<Process> sink_, stream_, source_;
  Duration length_;
};

}  // namespace aegis::test
