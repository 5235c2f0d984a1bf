// What the commands of `aegis pair` have in common: names, ports and changes of the state file.
#pragma once

#include <functional>
#include <string>

#include "cli/app.hpp"
#include "common/base/result.hpp"
#include "common/config/state.hpp"
#include "common/config/stock_key.hpp"

namespace aegis::cli {

Error unknown_stream(const std::string& name);
// The stream's name as typed; an absent one says how the command goes.
Status check_pair_name(const Arguments& arguments, const char* command);
// --host, checked; empty when it is not given.
Result<std::string> typed_host(const Arguments& arguments);
// What aegis.toml has `relay serve` listen on, else the usual ports.
Result<config::RelayPorts> relay_ports(const Arguments& arguments);
// The same of rigs that pair; kConfiguration when nobody can.
Result<std::uint16_t> pairing_port(const Arguments& arguments);

// New keys for `stream`; passphrases where they are wanted.
void draw_keys(config::Stream& stream, bool publish_passphrase, bool play_passphrase);
// Adds the stream, without keys. kConfiguration when its tenant is unknown.
Result<config::Stream*> add_stream(config::State& state, const std::string& full_name);

// Changes the stored state, remembers --host, and keeps a copy of what was stored, for printing.
Result<config::State> change_state(const Arguments& arguments,
                                   const std::function<Status(config::State&)>& change);

}  // namespace aegis::cli
