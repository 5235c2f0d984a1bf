// The rig's side of pairing with a relay (aegis-pair(7)): each step is stored before the next one
// is taken, so that a rig that is killed goes on where it was. Blocks; for commands, not for
// threads that have anything else to do.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"
#include "common/config/state.hpp"
#include "common/pairing/uri.hpp"

namespace aegis::agent {

// Pairs with the relay that the code is from, or goes on with what a code began. The pairing is
// called `name`, else as the stream is at the relay, with a number behind it when that is taken.
// Errors: kRefused when the relay takes the code no more, or when what answers is another; then
// nothing is left of it. kUnreachable, kTryLater and kProtocol leave what a retry needs.
Result<config::PairedRelay> pair(const std::filesystem::path& state, const pairing::Uri& uri,
                                 const std::string& name);

// Gives the pairing of this name another key. What runs by the old one goes on. Errors as pair().
Result<config::PairedRelay> rotate_pairing(const std::filesystem::path& state,
                                           const std::string& name);

// Confirms what a relay has answered and the rig has stored, but not confirmed; success when there
// is nothing. What was never answered is left to pair() and rotate_pairing().
Status finish_pairings(const std::filesystem::path& state);

}  // namespace aegis::agent
