// Programs of others in the place of one end, named by the environment and started by hand-made
// command lines; nothing of them is known here but how they are called.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace aegis::bench {

// AEGIS_PEER_SRTLA_SEND: takes SRT packets on port `listen` and bonds them to host:port from the
// addresses in a file. The value is a program that takes these four in that order, or a command
// line in which {listen}, {host}, {port} and {addresses} are replaced. None when unset.
struct SenderPlace {
  int listen = 0;
  std::string host;
  int port = 0;
  std::string addresses;
};
std::optional<std::vector<std::string>> peer_sender(const SenderPlace& place);

// AEGIS_PEER_SRTLA_REC: takes SRTLA on port `listen` and forwards to an SRT server. Three arguments
// in that order, or {listen}, {host} and {port}.
struct ReceiverPlace {
  int listen = 0;
  std::string host;
  int port = 0;
};
std::optional<std::vector<std::string>> peer_receiver(const ReceiverPlace& place);

// AEGIS_PEER_RELAY: a command line that runs a whole chain in one process group, with SRTLA on port
// {srtla} and its players on {play}, of which it needs both. AEGIS_PEER_RELAY_IDS: a file with the
// stream ids of publisher and player in each line.
struct RelayPlace {
  int srtla = 0, play = 0;
};
struct PeerRelay {
  std::vector<std::string> command;
  std::string ids;
};
std::optional<PeerRelay> peer_relay(const RelayPlace& place);

}  // namespace aegis::bench
