#include "bench/peers.hpp"

#include <cstdlib>
#include <sstream>
#include <utility>

namespace aegis::bench {
namespace {

using Places = std::vector<std::pair<std::string, std::string>>;

std::string filled(std::string word, const Places& places) {
  for (const auto& [name, value] : places) {
    std::size_t const at = word.find(name);
    if (at != std::string::npos) word.replace(at, name.size(), value);
  }
  return word;
}

std::optional<std::vector<std::string>> peer(const char* variable, const Places& places) {
  const char* const value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  std::istringstream words(value);
  std::vector<std::string> command;
  for (std::string word; words >> word;) command.push_back(filled(word, places));
  bool const named = std::string(value).find('{') != std::string::npos;
  for (const auto& [name, argument] : places)
    if (!named) command.push_back(argument);
  return command;
}

}  // namespace

std::optional<std::vector<std::string>> peer_sender(const SenderPlace& place) {
  return peer("AEGIS_PEER_SRTLA_SEND", {{"{listen}", std::to_string(place.listen)},
                                        {"{host}", place.host},
                                        {"{port}", std::to_string(place.port)},
                                        {"{addresses}", place.addresses}});
}

std::optional<std::vector<std::string>> peer_receiver(const ReceiverPlace& place) {
  return peer("AEGIS_PEER_SRTLA_REC", {{"{listen}", std::to_string(place.listen)},
                                       {"{host}", place.host},
                                       {"{port}", std::to_string(place.port)}});
}

std::optional<PeerRelay> peer_relay(const RelayPlace& place) {
  auto const command = peer("AEGIS_PEER_RELAY", {{"{srtla}", std::to_string(place.srtla)},
                                                 {"{play}", std::to_string(place.play)}});
  const char* const ids = std::getenv("AEGIS_PEER_RELAY_IDS");
  if (!command || ids == nullptr) return std::nullopt;
  return PeerRelay{*command, ids};
}

}  // namespace aegis::bench
