#include "common/config/state_merge.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "common/config/private_file.hpp"
#include "common/config/state_toml.hpp"

namespace aegis::config {
namespace {

// Everything that has a name, as the text that it is written as.
using Parts = std::map<std::pair<std::string, std::string>, crypto::Secret>;

// A state that holds one thing only tells it from every other.
template <typename Fill>
void add_part(Parts& parts, std::string noun, std::string name, Fill fill) {
  State alone;
  fill(alone);
  parts.insert_or_assign({std::move(noun), std::move(name)}, write_state(alone));
}

Parts parts_of(const State& state) {
  Parts parts;
  if (!state.identity.empty())
    add_part(parts, "identity", "", [&](State& alone) { alone.identity = state.identity; });
  if (!state.public_host.empty())
    add_part(parts, "public host", "",
             [&](State& alone) { alone.public_host = state.public_host; });
  if (!state.addresses.empty())
    add_part(parts, "addresses", "", [&](State& alone) { alone.addresses = state.addresses; });
  for (auto const& tenant : state.tenants)
    add_part(parts, "tenant", tenant.name, [&](State& alone) { alone.tenants = {tenant}; });
  for (auto const& stream : state.streams)
    add_part(parts, "stream", full_name(stream), [&](State& alone) { alone.streams = {stream}; });
  for (auto const& relay : state.relays)
    add_part(parts, "pairing", relay.name, [&](State& alone) { alone.relays = {relay}; });
  for (auto const& attempt : state.attempts)
    add_part(parts, "begun pairing", to_string(attempt.relay.pairing),
             [&](State& alone) { alone.attempts = {attempt}; });
  return parts;
}

// Adds to `into` each of `from` that `is_there` does not find.
template <typename Item, typename IsThere>
void add_missing(std::vector<Item>& into, const std::vector<Item>& from, IsThere is_there) {
  for (auto const& item : from)
    if (!is_there(item)) into.push_back(item);
}

// Of the state file as it stands; called while it is locked.
Status keep_copy(const std::filesystem::path& file) {
  auto const whole = std::filesystem::absolute(file);
  auto const content = read_private_file(whole, {"state file", 1'000'000, true, false});
  if (!content) return content.error();
  if (!content->has_value()) return success();
  auto kept = whole;
  kept += kBeforeImport;
  return replace_private_file(kept, (*content)->expose(), "copy of the state");
}

Error differs(const std::string& noun, const std::string& name) {
  return {ErrorKind::kConfiguration, name.empty() ? noun : fmt::format("{} '{}'", noun, name),
          "another one of it is here already",
          "take one thing of the file: --only NAME, or the whole in place of this: --replace"};
}

}  // namespace

Result<State> part_of(const State& state, std::string_view name) {
  State part;
  std::copy_if(state.relays.begin(), state.relays.end(), std::back_inserter(part.relays),
               [&](const PairedRelay& relay) { return relay.name == name; });
  std::copy_if(state.streams.begin(), state.streams.end(), std::back_inserter(part.streams),
               [&](const Stream& stream) {
                 return full_name(stream) == name || (!name.empty() && stream.tenant == name);
               });
  std::copy_if(state.tenants.begin(), state.tenants.end(), std::back_inserter(part.tenants),
               [&](const Tenant& tenant) {
                 return tenant.name == name ||
                        std::any_of(part.streams.begin(), part.streams.end(),
                                    [&](const Stream& its) { return its.tenant == tenant.name; });
               });
  if (part.relays.empty() && part.streams.empty() && part.tenants.empty())
    return Error{ErrorKind::kConfiguration, fmt::format("'{}'", name),
                 "there is no stream, pairing or tenant of this name", "aegis pair list"};
  return part;
}

Status merge(State& into, const State& from) {
  auto const here = parts_of(into);
  for (auto const& [key, text] : parts_of(from)) {
    auto const found = here.find(key);
    bool const ours = key.first == "public host" || key.first == "addresses";
    if (!ours && found != here.end() && !(found->second == text))
      return differs(key.first, key.second);
  }
  auto const lacks = [&](const char* noun, const std::string& name) {
    return !here.contains({noun, name});
  };
  if (into.identity.empty()) into.identity = from.identity;
  if (into.public_host.empty()) into.public_host = from.public_host;
  if (into.addresses.empty()) into.addresses = from.addresses;
  add_missing(into.tenants, from.tenants,
              [&](const Tenant& tenant) { return !lacks("tenant", tenant.name); });
  add_missing(into.streams, from.streams,
              [&](const Stream& stream) { return !lacks("stream", full_name(stream)); });
  add_missing(into.relays, from.relays,
              [&](const PairedRelay& relay) { return !lacks("pairing", relay.name); });
  add_missing(into.attempts, from.attempts, [&](const Attempt& attempt) {
    return !lacks("begun pairing", to_string(attempt.relay.pairing));
  });
  return success();
}

std::vector<StateChange> changes_between(const State& before, const State& after) {
  auto const old_parts = parts_of(before), new_parts = parts_of(after);
  std::vector<StateChange> changes;
  for (auto const& [key, text] : new_parts) {
    auto const found = old_parts.find(key);
    if (found == old_parts.end()) {
      changes.push_back({StateChange::Kind::kAdded, key.first, key.second});
    } else if (!(found->second == text)) {
      changes.push_back({StateChange::Kind::kChanged, key.first, key.second});
    }
  }
  for (auto const& [key, text] : old_parts)
    if (!new_parts.contains(key))
      changes.push_back({StateChange::Kind::kRemoved, key.first, key.second});
  return changes;
}

Result<std::vector<StateChange>> import_state(const std::filesystem::path& file, const State& from,
                                              bool replace, bool dry_run) {
  std::vector<StateChange> changes;
  auto const change = [&](State& state) -> Status {
    auto after = replace ? from : state;
    if (!replace)
      if (auto merged = merge(after, from); !merged) return merged;
    after.schema = state.schema;  // of the file that is there
    if (auto const fit = parse_state(write_state(after).expose(), file); !fit) return fit.error();
    changes = changes_between(state, after);
    state = std::move(after);
    return dry_run || changes.empty() ? success() : keep_copy(file);
  };
  if (!dry_run) {
    auto const done = update_state(file, change);
    return done ? Result(changes) : done.error();
  }
  auto state = load_state(file);
  if (!state) return state.error();
  auto const tried = change(*state);
  return tried ? Result(changes) : tried.error();
}

}  // namespace aegis::config
