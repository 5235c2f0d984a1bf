// state.toml: who this host is and what it may do. Never counters, never anything that changes
// while media flows.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"
#include "common/pairing/slot.hpp"

namespace aegis::config {

// A named slot of the relay: one session at a time publishes to it, players play it.
struct Stream {
  std::string name;                               // [a-z0-9][a-z0-9-]{0,31}
  crypto::Secret publish_key, play_key;           // stream ids; at least 128 bits each
  std::optional<crypto::Secret> passphrase;       // of the publisher's SRT, 10..79 characters
  std::optional<crypto::Secret> play_passphrase;  // of the players' SRT
  std::string tenant;                             // whose it is; empty: the operator's own
  pairing::Slot slot = {};                        // of the rig that it is paired with
};

// Whoever else the relay serves: owner of streams, seeing nothing but those.
struct Tenant {
  std::string name;  // as a stream's
  // SHA-256 of the keys by which HTTP lets it read, and act. The keys are shown once and not kept.
  crypto::Digest stats_key{}, admin_key{};
};

// "cam", or "alice/cam" when it is a tenant's: how a stream is called everywhere.
std::string full_name(const Stream& stream);
std::string full_name(std::string_view tenant, std::string_view stream);
// The part before the '/'; empty when there is none.
std::string_view tenant_of(std::string_view full_name);

// A relay that this host, a rig, is paired with.
struct PairedRelay {
  std::string name;  // what the rig's user calls it: as a stream's
  HostPort pairing;  // where it pairs, by TCP
  crypto::Digest fingerprint{};
  bond::Device device;  // who we are to it
  pairing::Terms terms;
};

// A pairing, or a new key, that is under way: what goes on with it after a crash.
struct Attempt {
  pairing::Id by{};
  crypto::Secret secret;   // of the request
  crypto::Secret rig_key;  // X25519, the private one
  // What it will be: with neither device nor terms until the relay has answered. A name that is
  // there is that of the relay whose key is being changed, or was wished for.
  PairedRelay relay;
};

struct State {
  static constexpr std::size_t kMaxAddresses = 7;  // beside public_host
  static constexpr int kSchema = 3;                // 1 knew no tenants, 2 no pairing of two Aegis
  int schema = kSchema;                            // of the text that it was read from
  std::string public_host;  // what `pair new` prints as the relay's address; empty: not set
  crypto::Secret identity;  // of a relay that pairs (crypto/identity.hpp); empty: none yet
  // Where else rigs reach the relay, or one that shares this state: told to those that pair, in
  // this order, after public_host.
  std::vector<HostPort> addresses;
  std::vector<Tenant> tenants;
  std::vector<Stream> streams;
  std::vector<PairedRelay> relays;
  std::vector<Attempt> attempts;

  const Stream* find_stream(std::string_view full_name) const;
  Stream* find_stream(std::string_view full_name);
  const Tenant* find_tenant(std::string_view name) const;
  const PairedRelay* find_relay(std::string_view name) const;
};

// What opens a stream's figures, and nothing else: it can be made from both keys only, and turns no
// key out. New keys make a new one. Empty when a key is.
crypto::Secret stats_key(const Stream& stream);

// A name is a lower-case letter or digit, then up to 31 of those and '-'. kUsage otherwise; `whose`
// says of what it is to be the name: "the stream's name".
Status check_name(std::string_view name, std::string_view whose);
// The same for NAME or TENANT/NAME.
Status check_full_name(std::string_view name);

// --state, else $STATE_DIRECTORY, else $XDG_STATE_HOME/aegis, else root's /var/lib/aegis, else
// ~/.local/state/aegis; the file is state.toml in it.
std::filesystem::path default_state_file();

// Reads the file. A file that does not exist is an empty State. Refuses a wrong owner, a mode other
// than 0600, a symbolic link, an unknown key, a newer schema: kConfiguration, with what to type.
Result<State> load_state(const std::filesystem::path& file);

// Locks, loads, calls `change`, and saves if it returned success: temporary file created 0600,
// fsync, rename, fsync of the directory. Either all of the change is on disk or none. Directories
// are made 0700. kTryLater when another process holds the lock for more than 5 s. Nothing is
// written when `change` left everything as it was. A file of an older schema is kept beside the new
// one, as state.toml.schema-1.
Status update_state(const std::filesystem::path& file, const std::function<Status(State&)>& change);

}  // namespace aegis::config
