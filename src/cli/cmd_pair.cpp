// `aegis pair`: the streams of this relay, the keys to them and the rigs that are paired with them;
// and the relays that this host, as a rig, is paired with. A running relay sees each change of the
// state file by itself.
#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/pair_host.hpp"
#include "cli/pair_state.hpp"
#include "cli/pair_text.hpp"
#include "common/config/state.hpp"
#include "common/config/stock_key.hpp"
#include "common/os/clock.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

bool is_encrypted(const config::Stream& stream) {
  return stream.passphrase.has_value() || stream.play_passphrase.has_value();
}

void print_json(const Json& document) {
  fmt::print("{}\n", document.dump(2));
}

void print_key(const Arguments& arguments, const config::State& state, const config::Stream& stream,
               const config::RelayPorts& ports) {
  auto const key = config::stock_key(stream, printed_host(state), ports);
  if (arguments.pair.json) {
    fmt::print("{}\n", config::write_stock_key(key).expose());
  } else {
    fmt::print("{}", pair_text(key));
  }
}

// What becomes of the stream's rig: none, invited, paired, or paired and about to have a new key.
const char* rig_of(const config::Stream& stream) {
  auto const& slot = stream.slot;
  bool const invited =
      slot.candidate || (slot.invitation && os::wall_now() < slot.invitation->expires &&
                         slot.invitation->wrong_tries < pairing::kWrongTries);
  if (slot.device) return invited ? "rotating" : "paired";
  return invited ? "invited" : "none";
}

Json list_json(const config::State& state) {
  Json document{{"schema", 1},
                {"streams", Json::array()},
                {"relays", Json::array()},
                {"begun", Json::array()}};
  for (auto const& stream : state.streams)
    document["streams"].push_back({{"name", config::full_name(stream)},
                                   {"encrypted", is_encrypted(stream)},
                                   {"rig", rig_of(stream)}});
  for (auto const& relay : state.relays)
    document["relays"].push_back({{"name", relay.name},
                                  {"address", to_string(relay.terms.addresses.front())},
                                  {"stream", relay.terms.stream}});
  for (auto const& attempt : state.attempts)
    document["begun"].push_back({{"name", attempt.relay.name},
                                 {"pairing", to_string(attempt.relay.pairing)},
                                 {"answered", !attempt.relay.device.key.empty()}});
  return document;
}

void print_list(const config::State& state) {
  if (!state.streams.empty()) {
    fmt::print("{:<32}  {:<9}  {}\n", "STREAM", "ENCRYPTED", "RIG");
    for (auto const& stream : state.streams)
      fmt::print("{:<32}  {:<9}  {}\n", config::full_name(stream),
                 is_encrypted(stream) ? "yes" : "no", rig_of(stream));
  }
  if (state.relays.empty() && state.attempts.empty()) return;
  if (!state.streams.empty()) fmt::print("\n");
  fmt::print("{:<32}  {:<32}  {}\n", "RELAY", "ADDRESS", "ITS STREAM");
  for (auto const& relay : state.relays)
    fmt::print("{:<32}  {:<32}  {}\n", relay.name, to_string(relay.terms.addresses.front()),
               relay.terms.stream);
  for (auto const& attempt : state.attempts)
    fmt::print("{:<32}  {:<32}  {}\n", attempt.relay.name.empty() ? "-" : attempt.relay.name,
               to_string(attempt.relay.pairing),
               attempt.relay.device.key.empty() ? "(begun)" : "(not confirmed)");
}

// A pairing of this rig, without its keys.
void show_relay(const Arguments& arguments, const config::PairedRelay& relay) {
  Json addresses = Json::array();
  for (auto const& address : relay.terms.addresses) addresses.push_back(to_string(address));
  auto const fingerprint = crypto::to_hex(relay.fingerprint);
  if (arguments.pair.json)
    return print_json({{"schema", 1},
                       {"name", relay.name},
                       {"stream", relay.terms.stream},
                       {"addresses", addresses},
                       {"pairing", to_string(relay.pairing)},
                       {"fingerprint", fingerprint}});
  fmt::print("Relay {}\n", relay.name);
  for (auto const& address : relay.terms.addresses)
    fmt::print("  address      {}\n", to_string(address));
  fmt::print("  its stream   {}\n  pairs at     {} (TCP)\n  fingerprint  {}\n", relay.terms.stream,
             to_string(relay.pairing), fingerprint);
}

// Another name for the stream, of the same owner.
Status rename_stream(config::State& state, config::Stream& stream, const std::string& to) {
  if (auto const fit = config::check_full_name(to); !fit) return fit;
  if (config::tenant_of(to) != stream.tenant)
    return Error{ErrorKind::kUsage, "pair rename", "a stream stays its owner's",
                 fmt::format("aegis pair rename {} {}", config::full_name(stream),
                             config::full_name(stream.tenant, "NAME"))};
  if (state.find_stream(to) != nullptr)
    return Error{ErrorKind::kConfiguration, fmt::format("stream '{}'", to), "the name is taken",
                 "aegis pair list"};
  stream.name = to.substr(stream.tenant.empty() ? 0 : stream.tenant.size() + 1);
  return success();
}

Status rename_relay(config::State& state, const std::string& from, const std::string& to) {
  if (auto const fit = config::check_name(to, "the relay's name"); !fit) return fit;
  if (state.find_relay(to) != nullptr)
    return Error{ErrorKind::kConfiguration, fmt::format("relay '{}'", to), "the name is taken",
                 "aegis pair list"};
  for (auto& relay : state.relays)
    if (relay.name == from) relay.name = to;
  return success();
}

}  // namespace

Status cmd_pair_new(const Arguments& arguments) {
  if (auto fit = check_pair_name(arguments, "new"); !fit) return fit;
  auto const& args = arguments.pair;
  if (!args.stock) return invite_rig(arguments);
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    if (change.find_stream(args.name) != nullptr)
      return Error{ErrorKind::kConfiguration, fmt::format("stream '{}'", args.name),
                   "the name is taken", fmt::format("aegis pair show {}", args.name)};
    auto const stream = add_stream(change, args.name);
    if (!stream) return stream.error();
    draw_keys(**stream, args.encrypt, args.encrypt);
    return success();
  });
  if (!state) return state.error();
  print_key(arguments, *state, *state->find_stream(args.name), *ports);
  return success();
}

Status cmd_pair_list(const Arguments& arguments) {
  auto const state = config::load_state(state_file(arguments));
  if (!state) return state.error();
  if (arguments.pair.names) {
    for (auto const& stream : state->streams) fmt::print("{}\n", config::full_name(stream));
    for (auto const& relay : state->relays) fmt::print("{}\n", relay.name);
    return success();
  }
  if (arguments.pair.json) {
    print_json(list_json(*state));
    return success();
  }
  if (state->streams.empty() && state->relays.empty() && state->attempts.empty())
    fmt::print(stderr, "aegis: no stream yet\nhint: aegis pair new NAME\n");
  print_list(*state);
  return success();
}

Status cmd_pair_show(const Arguments& arguments) {
  if (auto fit = check_pair_name(arguments, "show"); !fit) return fit;
  auto const host = typed_host(arguments);
  if (!host) return host.error();
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto state = config::load_state(state_file(arguments));
  if (!state) return state.error();
  auto const& name = arguments.pair.name;
  auto const* stream = state->find_stream(name);
  if (auto const* relay = state->find_relay(name); stream == nullptr && relay != nullptr) {
    show_relay(arguments, *relay);
    return success();
  }
  if (stream == nullptr) return unknown_stream(name);
  if (!host->empty()) state->public_host = *host;
  print_key(arguments, *state, *stream, *ports);
  return success();
}

Status cmd_pair_rename(const Arguments& arguments) {
  auto const& from = arguments.pair.name;
  auto const& to = arguments.pair.to;
  if (from.empty() || to.empty())
    return Error{ErrorKind::kUsage, "pair rename", "a name is missing",
                 "aegis pair rename OLD NEW"};
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    if (auto* stream = change.find_stream(from)) return rename_stream(change, *stream, to);
    if (change.find_relay(from) != nullptr) return rename_relay(change, from, to);
    return unknown_stream(from);
  });
  if (!state) return state.error();
  if (arguments.pair.json) {
    print_json({{"schema", 1}, {"name", to}, {"was", from}});
  } else {
    fmt::print("{} is {} now.\n", from, to);
  }
  return success();
}

Status cmd_pair_rotate(const Arguments& arguments) {
  if (auto fit = check_pair_name(arguments, "rotate"); !fit) return fit;
  auto const& name = arguments.pair.name;
  auto const known = config::load_state(state_file(arguments));
  if (!known) return known.error();
  auto const* stream = known->find_stream(name);
  if (stream == nullptr && known->find_relay(name) != nullptr) return rotate_at_rig(arguments);
  if (stream != nullptr && stream->slot.device) return invite_again(arguments);
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    auto* found = change.find_stream(name);
    if (found == nullptr) return unknown_stream(name);
    draw_keys(*found, found->passphrase.has_value(), found->play_passphrase.has_value());
    found->slot = {};  // a rig that is half paired has the old ones
    return success();
  });
  if (!state) return state.error();
  print_key(arguments, *state, *state->find_stream(name), *ports);
  return success();
}

Status cmd_pair_revoke(const Arguments& arguments) {
  if (auto fit = check_pair_name(arguments, "revoke"); !fit) return fit;
  auto const& name = arguments.pair.name;
  bool stream = false;
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    stream = std::erase_if(change.streams, [&](const config::Stream& each) {
               return config::full_name(each) == name;
             }) > 0;
    if (stream) return success();
    auto const removed =
        std::erase_if(change.relays, [&](const auto& relay) { return relay.name == name; }) +
        std::erase_if(change.attempts, [&](const auto& each) { return each.relay.name == name; });
    return removed == 0 ? Status(unknown_stream(name)) : success();
  });
  if (!state) return state.error();
  if (arguments.pair.json) {
    print_json({{"schema", 1}, {"name", name}, {"revoked", true}});
  } else if (stream) {
    fmt::print("Stream {} is removed; its keys open nothing any more, its rig is out.\n", name);
  } else {
    fmt::print("The pairing {} is removed here; who runs the relay ends the rig's right to it.\n",
               name);
  }
  return success();
}

}  // namespace aegis::cli
