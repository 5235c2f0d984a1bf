// A state in a file that may leave the host, sealed under a passphrase: FILE FORMAT in
// aegis-state(1).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/config/state.hpp"
#include "common/crypto/sealing.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

inline constexpr std::size_t kMinExportPassphrase = 12;

// kTryLater when there is no memory for `cost`. Takes half a second with the usual one.
Result<std::string> write_export(const State& state, const crypto::Secret& passphrase,
                                 const crypto::ScryptCost& cost = {});

// The text of an export, read but still sealed. `file` is for the messages. kConfiguration when the
// text is no export, of a newer version, or asks for more than crypto::is_bearable().
struct SealedState {
  crypto::ScryptCost cost;
  std::string salt, header, sealed;
};
Result<SealedState> read_export(std::string_view text, const std::filesystem::path& file);

// kRefused when the passphrase is wrong or the file was changed, which nobody can tell apart;
// otherwise as parse_state().
Result<State> open_export(const SealedState& sealed, const crypto::Secret& passphrase,
                          const std::filesystem::path& file);

}  // namespace aegis::config
