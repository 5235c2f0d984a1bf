// state.toml: who this host is and what it may do. Never counters, never anything that changes
// while media flows.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

// A named slot of the relay: one session at a time publishes to it, players play it.
struct Stream {
  std::string name;                               // [a-z0-9][a-z0-9-]{0,31}
  crypto::Secret publish_key, play_key;           // stream ids; at least 128 bits each
  std::optional<crypto::Secret> passphrase;       // of the publisher's SRT, 10..79 characters
  std::optional<crypto::Secret> play_passphrase;  // of the players' SRT
};

struct State {
  static constexpr int kSchema = 1;
  std::string public_host;  // what `pair new` prints as the relay's address; empty: not set
  std::vector<Stream> streams;

  const Stream* find_stream(std::string_view name) const;
};

// What opens a stream's figures, and nothing else: it can be made from both keys only, and turns no
// key out. New keys make a new one. Empty when a key is.
crypto::Secret stats_key(const Stream& stream);

// A stream's name is a lower-case letter or digit, then up to 31 of those and '-'. kUsage
// otherwise.
Status check_stream_name(std::string_view name);

// --state, else $STATE_DIRECTORY, else $XDG_STATE_HOME/aegis, else root's /var/lib/aegis, else
// ~/.local/state/aegis; the file is state.toml in it.
std::filesystem::path default_state_file();

// Reads the file. A file that does not exist is an empty State. Refuses a wrong owner, a mode other
// than 0600, a symbolic link, an unknown key, a newer schema: kConfiguration, with what to type.
Result<State> load_state(const std::filesystem::path& file);

// Locks, loads, calls `change`, and saves if it returned success: temporary file created 0600,
// fsync, rename, fsync of the directory. Either all of the change is on disk or none. Directories
// are made 0700. kTryLater when another process holds the lock for more than 5 s. Nothing is
// written when `change` left everything as it was.
Status update_state(const std::filesystem::path& file, const std::function<Status(State&)>& change);

}  // namespace aegis::config
