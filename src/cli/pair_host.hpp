// Which name or address a pairing gives for the relay.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/config/state.hpp"

namespace aegis::cli {

// --host as it may be stored: a name, an IPv4 or an IPv6 address (brackets are taken off), no port.
Result<std::string> check_host(const std::string& text);

// The remembered host, else the address that the default route leaves by, which is said on stderr
// because a NAT may stand before it; empty, and said too, when there is neither.
std::string printed_host(const config::State& state);

}  // namespace aegis::cli
