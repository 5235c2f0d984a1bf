// `aegis tenant`: who else has streams on this relay. A running relay sees each change of the state
// file by itself.
#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "common/config/state.hpp"
#include "common/crypto/random.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

// The state keeps their digests only.
struct FreshKeys {
  crypto::Secret stats = fresh_key("tenant-stats-");
  crypto::Secret admin = fresh_key("tenant-admin-");
};

crypto::Digest digest_of(const crypto::Secret& key) {
  return crypto::sha256(std::as_bytes(std::span(key.expose())));
}

Status check_typed_name(const Arguments& arguments, const char* command) {
  if (arguments.tenant.name.empty())
    return Error{ErrorKind::kUsage, fmt::format("tenant {}", command),
                 "the tenant's name is missing", fmt::format("aegis tenant {} NAME", command)};
  return config::check_name(arguments.tenant.name, "the tenant's name");
}

void print_keys(const Arguments& arguments, const FreshKeys& keys) {
  auto const& name = arguments.tenant.name;
  if (arguments.tenant.json) {
    fmt::print("{}\n", Json{{"schema", 1},
                            {"name", name},
                            {"stats_key", keys.stats.expose()},
                            {"admin_key", keys.admin.expose()}}
                           .dump(2));
    return;
  }
  fmt::print(
      "Tenant {0}\n"
      "  stats key   {1}\n"
      "  admin key   {2}\n"
      "\n"
      "They are not kept and not shown again. Both open figures and events of the tenant's own\n"
      "streams by HTTP, as a bearer key; the second one also ends sessions and players. In a file\n"
      "of mode 0600 either serves `aegis stats URL --api-key FILE`.\n"
      "A stream for it: aegis pair new {0}/cam --stock\n",
      name, keys.stats.expose(), keys.admin.expose());
}

std::size_t count_streams(const config::State& state, const std::string& tenant) {
  return static_cast<std::size_t>(
      std::count_if(state.streams.begin(), state.streams.end(),
                    [&](const config::Stream& stream) { return stream.tenant == tenant; }));
}

}  // namespace

Error unknown_tenant(const std::string& name) {
  return {ErrorKind::kConfiguration, fmt::format("tenant '{}'", name), "there is none of this name",
          "aegis tenant list"};
}

Status cmd_tenant_new(const Arguments& arguments) {
  if (auto fit = check_typed_name(arguments, "new"); !fit) return fit;
  auto const& name = arguments.tenant.name;
  FreshKeys const keys;
  auto const made =
      config::update_state(state_file(arguments), [&](config::State& state) -> Status {
        if (state.find_tenant(name) != nullptr)
          return Error{ErrorKind::kConfiguration, fmt::format("tenant '{}'", name),
                       "the name is taken", fmt::format("aegis tenant rotate {}", name)};
        state.tenants.push_back({name, digest_of(keys.stats), digest_of(keys.admin)});
        return success();
      });
  if (made) print_keys(arguments, keys);
  return made;
}

Status cmd_tenant_list(const Arguments& arguments) {
  auto const state = config::load_state(state_file(arguments));
  if (!state) return state.error();
  if (arguments.tenant.names) {
    for (auto const& tenant : state->tenants) fmt::print("{}\n", tenant.name);
    return success();
  }
  if (arguments.tenant.json) {
    Json document{{"schema", 1}, {"tenants", Json::array()}};
    for (auto const& tenant : state->tenants)
      document["tenants"].push_back(
          {{"name", tenant.name}, {"streams", count_streams(*state, tenant.name)}});
    fmt::print("{}\n", document.dump(2));
    return success();
  }
  if (state->tenants.empty()) {
    fmt::print(stderr, "aegis: no tenant\nhint: aegis tenant new NAME\n");
    return success();
  }
  fmt::print("{:<32}  {}\n", "NAME", "STREAMS");
  for (auto const& tenant : state->tenants)
    fmt::print("{:<32}  {}\n", tenant.name, count_streams(*state, tenant.name));
  return success();
}

Status cmd_tenant_rotate(const Arguments& arguments) {
  if (auto fit = check_typed_name(arguments, "rotate"); !fit) return fit;
  auto const& name = arguments.tenant.name;
  FreshKeys const keys;
  auto const rotated =
      config::update_state(state_file(arguments), [&](config::State& state) -> Status {
        for (auto& tenant : state.tenants) {
          if (tenant.name != name) continue;
          tenant = {name, digest_of(keys.stats), digest_of(keys.admin)};
          return success();
        }
        return unknown_tenant(name);
      });
  if (rotated) print_keys(arguments, keys);
  return rotated;
}

Status cmd_tenant_revoke(const Arguments& arguments) {
  if (auto fit = check_typed_name(arguments, "revoke"); !fit) return fit;
  auto const& name = arguments.tenant.name;
  std::size_t streams = 0;
  auto const revoked =
      config::update_state(state_file(arguments), [&](config::State& state) -> Status {
        if (std::erase_if(state.tenants, [&](const auto& tenant) { return tenant.name == name; }) ==
            0)
          return unknown_tenant(name);
        streams =
            std::erase_if(state.streams, [&](const auto& stream) { return stream.tenant == name; });
        return success();
      });
  if (!revoked) return revoked;
  if (arguments.tenant.json) {
    fmt::print(
        "{}\n",
        Json{{"schema", 1}, {"name", name}, {"revoked", true}, {"streams", streams}}.dump(2));
  } else {
    fmt::print("Tenant {} and its streams ({}) are removed; no key of theirs opens anything.\n",
               name, streams);
  }
  return success();
}

}  // namespace aegis::cli
