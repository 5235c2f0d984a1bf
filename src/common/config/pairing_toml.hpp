// The part of state.toml that pairing two Aegis left there: the slots of streams at a relay, the
// relays of a rig.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/config/state.hpp"
#include "common/config/toml_reader.hpp"

namespace aegis::config {

// addresses, [identity], [[relay]] and [[attempt]] of the document.
Status read_pairings(const TomlReader& reader, const toml::table& document, State& state);
// [stream.device], [stream.invitation] and [stream.candidate] of one [[stream]].
Result<pairing::Slot> read_slot(const TomlReader& reader, const toml::table& stream);

// `addresses = [...]`.
void append_addresses(std::string& out, const std::vector<HostPort>& addresses);
void write_identity(std::string& out, const State& state);
void write_slot(std::string& out, const pairing::Slot& slot);
void write_relays(std::string& out, const State& state);

}  // namespace aegis::config
