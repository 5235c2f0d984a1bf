#include "common/config/state_toml.hpp"

#include <set>

#include <fmt/core.h>
#include <string.h>
#include <toml++/toml.h>

#include "common/config/pairing_toml.hpp"
#include "common/config/private_file.hpp"
#include "common/config/toml_reader.hpp"
#include "common/crypto/digest.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kMinKey = 26;   // characters of base 32: 130 bits
constexpr std::size_t kMaxKey = 200;  // SRT takes 512 bytes; phones take less
constexpr std::size_t kMaxHost = 253;

// Reads one document.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file), toml_(file) {}

  Result<State> read(const toml::table& document) const {
    if (auto const schema = check_schema(document); !schema) return schema.error();
    if (auto const keys = toml_.check_keys(document, {"schema", "public_host", "tenant", "stream",
                                                      "identity", "relay", "attempt", "addresses"});
        !keys)
      return keys.error();
    State state;
    state.schema = static_cast<int>(*document.get("schema")->value<std::int64_t>());
    auto host = toml_.text(document, "public_host", 0, kMaxHost);
    if (!host) return host.error();
    state.public_host = host->expose();
    auto const tenants = toml_.each(document, "tenant", [&](const toml::table& item) -> Status {
      auto tenant = read_tenant(item);
      if (!tenant) return tenant.error();
      state.tenants.push_back(std::move(*tenant));
      return success();
    });
    if (!tenants) return tenants.error();
    auto const streams = toml_.each(document, "stream", [&](const toml::table& item) -> Status {
      auto stream = read_stream(item);
      if (!stream) return stream.error();
      state.streams.push_back(std::move(*stream));
      return success();
    });
    if (!streams) return streams.error();
    if (auto const pairings = read_pairings(toml_, document, state); !pairings)
      return pairings.error();
    if (auto const unique = check_unique(state); !unique) return unique.error();
    return state;
  }

  const TomlReader& toml() const { return toml_; }

 private:
  Status check_schema(const toml::table& document) const {
    auto const* node = document.get("schema");
    if (node == nullptr) return toml_.wrong("'schema' is missing: not a state file of aegis");
    auto const schema = node->value_exact<std::int64_t>();
    if (!schema || *schema < 1) return toml_.wrong("'schema' is not a positive number", node);
    if (*schema > State::kSchema)
      return Error{ErrorKind::kConfiguration, fmt::format("state file {}", quoted(file_)),
                   fmt::format("it is of schema {}; this aegis knows {} and leaves it alone",
                               *schema, State::kSchema),
                   "use the newer aegis that wrote it, or another file: --state FILE"};
    return success();
  }

  Result<Tenant> read_tenant(const toml::table& table) const {
    if (auto const keys = toml_.check_keys(table, {"name", "stats_key_sha256", "admin_key_sha256"});
        !keys)
      return keys.error();
    Tenant tenant;
    auto name = toml_.name(table, "name", true);
    if (!name) return name.error();
    tenant.name = std::move(*name);
    if (auto const key = toml_.fill(table, "stats_key_sha256", tenant.stats_key); !key)
      return key.error();
    if (auto const key = toml_.fill(table, "admin_key_sha256", tenant.admin_key); !key)
      return key.error();
    return tenant;
  }

  Result<Stream> read_stream(const toml::table& table) const {
    if (auto const keys =
            toml_.check_keys(table, {"name", "tenant", "publish_key", "play_key", "passphrase",
                                     "play_passphrase", "device", "invitation", "candidate"});
        !keys)
      return keys.error();
    auto stream_name = toml_.name(table, "name", true);
    if (!stream_name) return stream_name.error();
    auto tenant = toml_.name(table, "tenant", false);
    if (!tenant) return tenant.error();
    auto publish_key = toml_.text(table, "publish_key", kMinKey, kMaxKey);
    if (!publish_key) return publish_key.error();
    auto play_key = toml_.text(table, "play_key", kMinKey, kMaxKey);
    if (!play_key) return play_key.error();
    auto publish_passphrase = toml_.passphrase(table, "passphrase");
    if (!publish_passphrase) return publish_passphrase.error();
    auto play_passphrase = toml_.passphrase(table, "play_passphrase");
    if (!play_passphrase) return play_passphrase.error();
    auto slot = read_slot(toml_, table);
    if (!slot) return slot.error();
    return Stream{std::move(*stream_name),
                  std::move(*publish_key),
                  std::move(*play_key),
                  std::move(*publish_passphrase),
                  std::move(*play_passphrase),
                  std::move(*tenant),
                  std::move(*slot)};
  }

  // One key must open one door: a stream id that named two would let one publisher in at the other,
  // and so would a device.
  Status check_unique(const State& state) const {
    std::set<std::string> tenants, names;
    std::set<std::string_view> keys;
    std::set<bond::DeviceId> devices;
    for (auto const& tenant : state.tenants)
      if (!tenants.insert(tenant.name).second)
        return toml_.wrong(fmt::format("two tenants are named '{}'", tenant.name));
    for (auto const& stream : state.streams) {
      if (!stream.tenant.empty() && tenants.count(stream.tenant) == 0)
        return toml_.wrong(
            fmt::format("there is no tenant '{}' to own stream '{}'", stream.tenant, stream.name));
      if (!names.insert(full_name(stream)).second)
        return toml_.wrong(fmt::format("two streams are named '{}'", full_name(stream)));
      if (!keys.insert(stream.publish_key.expose()).second ||
          !keys.insert(stream.play_key.expose()).second)
        return toml_.wrong(
            fmt::format("stream '{}' has a key that is used twice", full_name(stream)));
      if (stream.slot.device && !devices.insert(stream.slot.device->id).second)
        return toml_.wrong(
            fmt::format("stream '{}' has a device that is another's, too", full_name(stream)));
    }
    return success();
  }

  const std::filesystem::path& file_;
  TomlReader toml_;
};

}  // namespace

Result<State> parse_state(std::string_view text, const std::filesystem::path& file) {
  Reader const reader(file);
  try {
    return reader.read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    // The parser's own words may repeat a piece of the file, which may be a key.
    return reader.toml().wrong_at("not valid TOML", error.source().begin);
  }
}

crypto::Secret write_state(const State& state) {
  std::string out;
  // Growth would leave copies of the keys behind in freed memory.
  out.reserve(
      1024 + state.public_host.size() +
      (state.streams.size() + state.tenants.size() + state.relays.size() + state.attempts.size()) *
          4096);
  out += "# Written by aegis; `aegis pair` changes it. It holds keys: keep it 0600.\n";
  append_number(out, "schema", State::kSchema);
  if (!state.public_host.empty()) append_text(out, "public_host", state.public_host);
  if (!state.addresses.empty()) append_addresses(out, state.addresses);
  write_identity(out, state);
  for (auto const& tenant : state.tenants) {
    out += "\n[[tenant]]\n";
    append_text(out, "name", tenant.name);
    append_array(out, "stats_key_sha256", tenant.stats_key);
    append_array(out, "admin_key_sha256", tenant.admin_key);
  }
  for (auto const& stream : state.streams) {
    out += "\n[[stream]]\n";
    append_text(out, "name", stream.name);
    if (!stream.tenant.empty()) append_text(out, "tenant", stream.tenant);
    append_text(out, "publish_key", stream.publish_key.expose());
    append_text(out, "play_key", stream.play_key.expose());
    if (stream.passphrase) append_text(out, "passphrase", stream.passphrase->expose());
    if (stream.play_passphrase)
      append_text(out, "play_passphrase", stream.play_passphrase->expose());
    write_slot(out, stream.slot);
  }
  write_relays(out, state);
  crypto::Secret content(out);
  explicit_bzero(out.data(), out.size());
  return content;
}

}  // namespace aegis::config
