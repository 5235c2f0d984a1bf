#include "common/config/state_toml.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/core.h>
#include <string.h>
#include <toml++/toml.h>

#include "common/config/private_file.hpp"
#include "common/crypto/digest.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kMinKey = 26;   // characters of base 32: 130 bits
constexpr std::size_t kMaxKey = 200;  // SRT takes 512 bytes; phones take less
constexpr std::size_t kMinPassphrase = 10, kMaxPassphrase = 79;  // libsrt's own limits
constexpr std::size_t kMaxHost = 253;

// Reads one document; remembers the file for its errors.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file) {}

  Result<State> read(const toml::table& document) const {
    if (auto const schema = check_schema(document); !schema) return schema.error();
    if (auto const keys = check_keys(document, {"schema", "public_host", "tenant", "stream"});
        !keys)
      return keys.error();
    State state;
    state.schema = static_cast<int>(*document.get("schema")->value<std::int64_t>());
    auto host = text(document, "public_host", 0, kMaxHost);
    if (!host) return host.error();
    state.public_host = host->expose();
    auto const tenants = each(document, "tenant", [&](const toml::table& item) -> Status {
      auto tenant = read_tenant(item);
      if (!tenant) return tenant.error();
      state.tenants.push_back(std::move(*tenant));
      return success();
    });
    if (!tenants) return tenants.error();
    auto const streams = each(document, "stream", [&](const toml::table& item) -> Status {
      auto stream = read_stream(item);
      if (!stream) return stream.error();
      state.streams.push_back(std::move(*stream));
      return success();
    });
    if (!streams) return streams.error();
    if (auto const unique = check_unique(state); !unique) return unique.error();
    return state;
  }

  Error wrong(std::string why, const toml::node* at = nullptr) const {
    return wrong_at(std::move(why), at != nullptr ? at->source().begin : toml::source_position{});
  }

  Error wrong_at(std::string why, toml::source_position at) const {
    auto const where = at.line == 0 ? std::string() : fmt::format(", line {}", at.line);
    return {ErrorKind::kConfiguration, fmt::format("state file {}{}", quoted(file_), where),
            std::move(why), fmt::format("correct it or put a copy of it back: {}", quoted(file_))};
  }

 private:
  // Every table of the list `name`; none when there is no such list.
  template <typename Read>
  Status each(const toml::table& document, std::string_view name, Read read_one) const {
    auto const* list = document.get(name);
    if (list == nullptr) return success();
    if (!list->is_array_of_tables())
      return wrong(fmt::format("{0}: not a [[{0}]] table", name), list);
    for (auto const& item : *list->as_array())
      if (auto one = read_one(*item.as_table()); !one) return one;
    return success();
  }

  Status check_schema(const toml::table& document) const {
    auto const* node = document.get("schema");
    if (node == nullptr) return wrong("'schema' is missing: not a state file of aegis");
    auto const schema = node->value_exact<std::int64_t>();
    if (!schema || *schema < 1) return wrong("'schema' is not a positive number", node);
    if (*schema > State::kSchema)
      return Error{ErrorKind::kConfiguration, fmt::format("state file {}", quoted(file_)),
                   fmt::format("it is of schema {}; this aegis knows {} and leaves it alone",
                               *schema, State::kSchema),
                   "use the newer aegis that wrote it, or another file: --state FILE"};
    return success();
  }

  Status check_keys(const toml::table& table, std::initializer_list<std::string_view> known) const {
    for (auto const& [key, node] : table)
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        return wrong(fmt::format("unknown key '{}'", printable(key.str())), &node);
    return success();
  }

  // A string of min..max printable characters; an absent one is empty, which min > 0 refuses.
  Result<crypto::Secret> text(const toml::table& table, std::string_view key, std::size_t min,
                              std::size_t max) const {
    auto const* node = table.get(key);
    if (node == nullptr)
      return min == 0 ? Result<crypto::Secret>(crypto::Secret())
                      : Result<crypto::Secret>(wrong(fmt::format("'{}' is missing", key), &table));
    auto const* found = node->as_string();
    if (found == nullptr) return wrong(fmt::format("'{}' is not a text", key), node);
    std::string_view const value = found->get();
    if (value.size() < min || value.size() > max)
      return wrong(fmt::format("'{}' is not {} to {} characters long", key, min, max), node);
    bool const clean =
        std::all_of(value.begin(), value.end(), [](char c) { return c > 32 && c < 127; });
    if (!clean) return wrong(fmt::format("'{}' holds a character it may not", key), node);
    return crypto::Secret(value);
  }

  Result<std::optional<crypto::Secret>> passphrase(const toml::table& table,
                                                   std::string_view key) const {
    if (!table.contains(key)) return std::optional<crypto::Secret>();
    auto found = text(table, key, kMinPassphrase, kMaxPassphrase);
    if (!found) return found.error();
    return std::optional<crypto::Secret>(std::move(*found));
  }

  // A name, which may be absent where it need not be.
  Result<std::string> name(const toml::table& table, std::string_view key, bool needed) const {
    if (!needed && !table.contains(key)) return std::string();
    auto const found = text(table, key, 1, 32);
    if (!found) return found.error();
    if (auto const fit = check_name(found->expose(), key); !fit)
      return wrong(fmt::format("'{}': {}", key, fit.error().why), table.get(key));
    return std::string(found->expose());
  }

  Result<crypto::Digest> digest(const toml::table& table, std::string_view key) const {
    constexpr std::size_t kDigits = 2 * sizeof(crypto::Digest);
    auto const found = text(table, key, kDigits, kDigits);
    if (!found) return found.error();
    auto const value = crypto::parse_digest(found->expose());
    if (!value)
      return wrong(fmt::format("'{}' is not {} hexadecimal digits", key, kDigits), table.get(key));
    return *value;
  }

  Result<Tenant> read_tenant(const toml::table& table) const {
    if (auto const keys = check_keys(table, {"name", "stats_key_sha256", "admin_key_sha256"});
        !keys)
      return keys.error();
    auto tenant_name = name(table, "name", true);
    if (!tenant_name) return tenant_name.error();
    auto const stats_key = digest(table, "stats_key_sha256");
    if (!stats_key) return stats_key.error();
    auto const admin_key = digest(table, "admin_key_sha256");
    if (!admin_key) return admin_key.error();
    return Tenant{std::move(*tenant_name), *stats_key, *admin_key};
  }

  Result<Stream> read_stream(const toml::table& table) const {
    if (auto const keys = check_keys(
            table, {"name", "tenant", "publish_key", "play_key", "passphrase", "play_passphrase"});
        !keys)
      return keys.error();
    auto stream_name = name(table, "name", true);
    if (!stream_name) return stream_name.error();
    auto tenant = name(table, "tenant", false);
    if (!tenant) return tenant.error();
    auto publish_key = text(table, "publish_key", kMinKey, kMaxKey);
    if (!publish_key) return publish_key.error();
    auto play_key = text(table, "play_key", kMinKey, kMaxKey);
    if (!play_key) return play_key.error();
    auto publish_passphrase = passphrase(table, "passphrase");
    if (!publish_passphrase) return publish_passphrase.error();
    auto play_passphrase = passphrase(table, "play_passphrase");
    if (!play_passphrase) return play_passphrase.error();
    return Stream{std::move(*stream_name),        std::move(*publish_key),     std::move(*play_key),
                  std::move(*publish_passphrase), std::move(*play_passphrase), std::move(*tenant)};
  }

  // One key must open one door: a stream id that named two would let one publisher in at the other.
  Status check_unique(const State& state) const {
    std::set<std::string> tenants, names;
    std::set<std::string_view> keys;
    for (auto const& tenant : state.tenants)
      if (!tenants.insert(tenant.name).second)
        return wrong(fmt::format("two tenants are named '{}'", tenant.name));
    for (auto const& stream : state.streams) {
      if (!stream.tenant.empty() && tenants.count(stream.tenant) == 0)
        return wrong(
            fmt::format("there is no tenant '{}' to own stream '{}'", stream.tenant, stream.name));
      if (!names.insert(full_name(stream)).second)
        return wrong(fmt::format("two streams are named '{}'", full_name(stream)));
      if (!keys.insert(stream.publish_key.expose()).second ||
          !keys.insert(stream.play_key.expose()).second)
        return wrong(fmt::format("stream '{}' has a key that is used twice", full_name(stream)));
    }
    return success();
  }

  static std::string printable(std::string_view text) {
    std::string out(text.substr(0, 40));
    for (char& c : out)
      if (c < 32 || c > 126) c = '?';
    return out;
  }

  const std::filesystem::path& file_;
};

// A TOML basic string. Values hold printable ASCII only, but a quote or a backslash may be among
// it.
void append_text(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  out += " = \"";
  for (char const c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += "\"\n";
}

}  // namespace

Result<State> parse_state(std::string_view text, const std::filesystem::path& file) {
  Reader const reader(file);
  try {
    return reader.read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    // The parser's own words may repeat a piece of the file, which may be a key.
    return reader.wrong_at("not valid TOML", error.source().begin);
  }
}

crypto::Secret write_state(const State& state) {
  std::string out;
  // Growth would leave copies of the keys behind in freed memory.
  out.reserve(512 + state.public_host.size() +
              (state.streams.size() + state.tenants.size()) * 1024);
  out += "# Written by aegis; `aegis pair` changes it. It holds keys: keep it 0600.\n";
  out += fmt::format("schema = {}\n", State::kSchema);
  if (!state.public_host.empty()) append_text(out, "public_host", state.public_host);
  for (auto const& tenant : state.tenants) {
    out += "\n[[tenant]]\n";
    append_text(out, "name", tenant.name);
    append_text(out, "stats_key_sha256", crypto::to_hex(tenant.stats_key));
    append_text(out, "admin_key_sha256", crypto::to_hex(tenant.admin_key));
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
  }
  crypto::Secret content(out);
  explicit_bzero(out.data(), out.size());
  return content;
}

}  // namespace aegis::config
