#include "common/config/pairing_toml.hpp"

#include <utility>

#include <fmt/core.h>

#include "common/crypto/identity.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kMaxAddress = 260;
constexpr std::size_t kMaxFullName = 65, kMaxStreamId = 200;

// --- The relay's side --------------------------------------------------------------------------

Result<bond::Device> read_device(const TomlReader& reader, const toml::table& table) {
  bond::Device device;
  if (auto id = reader.fill(table, "id", device.id); !id) return id.error();
  auto key = reader.bytes(table, "key", kKeySize);
  if (!key) return key.error();
  device.key = std::move(*key);
  return device;
}

Status read_device(const TomlReader& reader, const toml::table& stream, pairing::Slot& slot) {
  auto const table = reader.table(stream, "device");
  if (!table) return table.error();
  if (*table == nullptr) return success();
  if (auto keys = reader.check_keys(**table, {"id", "key"}); !keys) return keys;
  auto device = read_device(reader, **table);
  if (!device) return device.error();
  slot.device = std::move(*device);
  return success();
}

Status read_invitation(const TomlReader& reader, const toml::table& stream, pairing::Slot& slot) {
  auto const table = reader.table(stream, "invitation");
  if (!table) return table.error();
  if (*table == nullptr) return success();
  if (auto keys = reader.check_keys(**table, {"id", "secret_sha256", "expires", "wrong_tries"});
      !keys)
    return keys;
  pairing::Invitation invitation;
  if (auto id = reader.fill(**table, "id", invitation.id); !id) return id;
  if (auto secret = reader.fill(**table, "secret_sha256", invitation.secret); !secret)
    return secret;
  auto const expires = reader.time(**table, "expires");
  if (!expires) return expires.error();
  auto const tries = reader.number(**table, "wrong_tries", 0, pairing::kWrongTries);
  if (!tries) return tries.error();
  invitation.expires = *expires;
  invitation.wrong_tries = static_cast<int>(*tries);
  slot.invitation = invitation;
  return success();
}

Status read_candidate(const TomlReader& reader, const toml::table& stream, pairing::Slot& slot) {
  auto const table = reader.table(stream, "candidate");
  if (!table) return table.error();
  if (*table == nullptr) return success();
  if (auto keys = reader.check_keys(**table, {"by", "rig_key", "id", "key", "lapses"}); !keys)
    return keys;
  pairing::Candidate candidate;
  if (auto by = reader.fill(**table, "by", candidate.by); !by) return by;
  if (auto rig_key = reader.fill(**table, "rig_key", candidate.rig_key); !rig_key) return rig_key;
  auto device = read_device(reader, **table);
  if (!device) return device.error();
  auto const lapses = reader.time(**table, "lapses");
  if (!lapses) return lapses.error();
  candidate.device = std::move(*device);
  candidate.lapses = *lapses;
  slot.candidate = std::move(candidate);
  return success();
}

void append_device(std::string& out, const bond::Device& device) {
  append_array(out, "id", device.id);
  append_bytes(out, "key", device.key.expose());
}

// --- The rig's side ----------------------------------------------------------------------------

Result<HostPort> read_address(const TomlReader& reader, const toml::node& node) {
  auto const* text = node.as_string();
  auto address = text == nullptr || text->get().size() > kMaxAddress
                     ? Result<HostPort>(Error{})
                     : parse_host_port(text->get(), 0);
  if (!address || address->host.empty() || address->port == 0)
    return reader.wrong("an address is not of the form HOST:PORT", &node);
  return address;
}

Result<std::vector<HostPort>> read_addresses(const TomlReader& reader, const toml::table& table,
                                             std::size_t max) {
  auto const* list = table.get_as<toml::array>("addresses");
  if (list == nullptr || list->empty() || list->size() > max)
    return reader.wrong(fmt::format("'addresses' is no list of 1 to {}", max), &table);
  std::vector<HostPort> addresses;
  for (auto const& node : *list) {
    auto address = read_address(reader, node);
    if (!address) return address.error();
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

Status read_terms(const TomlReader& reader, const toml::table& table, PairedRelay& relay) {
  auto device = read_device(reader, table);
  if (!device) return device.error();
  auto const stream = reader.text(table, "stream", 1, kMaxFullName);
  if (!stream) return stream.error();
  auto stream_id = reader.text(table, "stream_id", 1, kMaxStreamId);
  if (!stream_id) return stream_id.error();
  auto passphrase = reader.passphrase(table, "passphrase");
  if (!passphrase) return passphrase.error();
  auto addresses = read_addresses(reader, table, State::kMaxAddresses + 1);
  if (!addresses) return addresses.error();
  relay.terms.addresses = std::move(*addresses);
  relay.device = std::move(*device);
  relay.terms.stream = stream->expose();
  relay.terms.stream_id = std::move(*stream_id);
  relay.terms.passphrase = std::move(*passphrase);
  return success();
}

// What a pairing under way already has, too.
Status read_place(const TomlReader& reader, const toml::table& table, PairedRelay& relay) {
  auto const* at = table.get("pairing");
  if (at == nullptr) return reader.wrong("'pairing' is missing", &table);
  auto address = read_address(reader, *at);
  if (!address) return address.error();
  relay.pairing = std::move(*address);
  return reader.fill(table, "fingerprint", relay.fingerprint);
}

Status read_relay(const TomlReader& reader, const toml::table& table, State& state) {
  if (auto keys = reader.check_keys(table, {"name", "pairing", "fingerprint", "id", "key", "stream",
                                            "stream_id", "passphrase", "addresses"});
      !keys)
    return keys;
  PairedRelay relay;
  auto name = reader.name(table, "name", true);
  if (!name) return name.error();
  relay.name = std::move(*name);
  if (state.find_relay(relay.name) != nullptr)
    return reader.wrong(fmt::format("two relays are named '{}'", relay.name), &table);
  if (auto place = read_place(reader, table, relay); !place) return place;
  if (auto terms = read_terms(reader, table, relay); !terms) return terms;
  state.relays.push_back(std::move(relay));
  return success();
}

Status read_attempt(const TomlReader& reader, const toml::table& table, State& state) {
  if (auto keys =
          reader.check_keys(table, {"name", "by", "secret", "rig_key", "pairing", "fingerprint",
                                    "id", "key", "stream", "stream_id", "passphrase", "addresses"});
      !keys)
    return keys;
  Attempt attempt;
  auto name = reader.name(table, "name", false);
  if (!name) return name.error();
  attempt.relay.name = std::move(*name);
  if (auto by = reader.fill(table, "by", attempt.by); !by) return by;
  auto secret = reader.bytes(table, "secret", pairing::kSecretSize);
  if (!secret) return secret.error();
  auto rig_key = reader.bytes(table, "rig_key", kKeySize);
  if (!rig_key) return rig_key.error();
  attempt.secret = std::move(*secret);
  attempt.rig_key = std::move(*rig_key);
  if (auto place = read_place(reader, table, attempt.relay); !place) return place;
  if (table.contains("id"))
    if (auto terms = read_terms(reader, table, attempt.relay); !terms) return terms;
  state.attempts.push_back(std::move(attempt));
  return success();
}

void append_relay(std::string& out, const PairedRelay& relay) {
  if (!relay.name.empty()) append_text(out, "name", relay.name);
  append_text(out, "pairing", to_string(relay.pairing));
  append_array(out, "fingerprint", relay.fingerprint);
  if (relay.device.key.empty()) return;
  append_device(out, relay.device);
  append_text(out, "stream", relay.terms.stream);
  append_text(out, "stream_id", relay.terms.stream_id.expose());
  if (relay.terms.passphrase) append_text(out, "passphrase", relay.terms.passphrase->expose());
  append_addresses(out, relay.terms.addresses);
}

}  // namespace

Result<pairing::Slot> read_slot(const TomlReader& reader, const toml::table& stream) {
  pairing::Slot slot;
  if (auto read = read_device(reader, stream, slot); !read) return read.error();
  if (auto read = read_invitation(reader, stream, slot); !read) return read.error();
  if (auto read = read_candidate(reader, stream, slot); !read) return read.error();
  return slot;
}

Status read_pairings(const TomlReader& reader, const toml::table& document, State& state) {
  if (document.contains("addresses")) {
    auto addresses = read_addresses(reader, document, State::kMaxAddresses);
    if (!addresses) return addresses.error();
    state.addresses = std::move(*addresses);
  }
  auto const identity = reader.table(document, "identity");
  if (!identity) return identity.error();
  if (*identity != nullptr) {
    if (auto keys = reader.check_keys(**identity, {"key"}); !keys) return keys;
    auto key = reader.bytes(**identity, "key", crypto::kIdentitySize);
    if (!key) return key.error();
    state.identity = std::move(*key);
  }
  if (auto relays =
          reader.each(document, "relay",
                      [&](const toml::table& item) { return read_relay(reader, item, state); });
      !relays)
    return relays;
  return reader.each(document, "attempt",
                     [&](const toml::table& item) { return read_attempt(reader, item, state); });
}

void append_addresses(std::string& out, const std::vector<HostPort>& addresses) {
  out += "addresses = [";
  for (auto const& address : addresses)
    out += fmt::format("{}\"{}\"", out.back() == '[' ? "" : ", ", to_string(address));
  out += "]\n";
}

void write_identity(std::string& out, const State& state) {
  if (state.identity.empty()) return;
  out += "\n[identity]\n";
  append_bytes(out, "key", state.identity.expose());
}

void write_slot(std::string& out, const pairing::Slot& slot) {
  if (slot.device) {
    out += "[stream.device]\n";
    append_device(out, *slot.device);
  }
  if (slot.invitation) {
    out += "[stream.invitation]\n";
    append_array(out, "id", slot.invitation->id);
    append_array(out, "secret_sha256", slot.invitation->secret);
    append_time(out, "expires", slot.invitation->expires);
    append_number(out, "wrong_tries", slot.invitation->wrong_tries);
  }
  if (slot.candidate) {
    out += "[stream.candidate]\n";
    append_array(out, "by", slot.candidate->by);
    append_array(out, "rig_key", slot.candidate->rig_key);
    append_device(out, slot.candidate->device);
    append_time(out, "lapses", slot.candidate->lapses);
  }
}

void write_relays(std::string& out, const State& state) {
  for (auto const& relay : state.relays) {
    out += "\n[[relay]]\n";
    append_relay(out, relay);
  }
  for (auto const& attempt : state.attempts) {
    out += "\n[[attempt]]\n";
    append_array(out, "by", attempt.by);
    append_bytes(out, "secret", attempt.secret.expose());
    append_bytes(out, "rig_key", attempt.rig_key.expose());
    append_relay(out, attempt.relay);
  }
}

}  // namespace aegis::config
