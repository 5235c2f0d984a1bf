// The two ends of Aegis as real processes: a relay with one stream, a rig that publishes to it, and
// a player that counts.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/defaults.hpp"
#include "support/process.hpp"

namespace aegis::test {

struct RelayPorts {
  int srtla = defaults::kSrtlaPort;
  int publish = defaults::kSrtPublishPort;
  int play = defaults::kSrtPlayPort;
  int http = defaults::kHttpPort;
  static RelayPorts free();  // for a relay in the machine's own namespace
};

class Relay {
 public:
  struct Options {
    const NetNamespace* where = nullptr;
    RelayPorts ports = {};
    std::vector<std::string> arguments = {};       // for `aegis relay serve`
    std::vector<std::string> pair_arguments = {};  // for `aegis pair new`
  };
  // Makes a state file with the stream "cam" in `folder`, starts the relay and waits until it
  // listens. Throws with the relay's own words when it does not.
  Relay(std::filesystem::path folder, Options options);

  Process& process() { return *process_; }
  void kill();     // as a crash would
  void restart();  // starts again, with the same state
  std::string process_err() const { return process_->err(); }
  const RelayPorts& ports() const { return options_.ports; }
  // `aegis pair new --stock --json` of the stream, 0600.
  std::filesystem::path key_file() const { return folder_ / "cam.json"; }
  nlohmann::json key() const;
  // What `aegis stats --json` says.
  nlohmann::json stats() const;

 private:
  void start();

  std::filesystem::path folder_;
  Options options_;
  std::unique_ptr<Process> process_;
};

// `aegis stream --key .. --relay RELAY:PORT ARGUMENTS...`
Command stream_command(const Relay& relay, const std::string& relay_host, const NetNamespace* where,
                       const std::vector<std::string>& arguments);

// A ts_sink that plays the relay's stream at HOST; ends 3 s after the last packet.
Command sink_command(const Relay& relay, const std::string& host, const NetNamespace* where,
                     const std::vector<std::string>& arguments = {});

// ts_source into `output`.
Command source_command(const std::string& rate, const std::string& length, os::Fd output);

// The account that a measuring program printed last; throws when there is none.
nlohmann::json account_of(const std::string& text);

}  // namespace aegis::test
