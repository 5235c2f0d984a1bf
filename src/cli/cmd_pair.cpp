// `aegis pair`: the streams of this relay and the keys to them. A running relay sees each change of
// the state file by itself.
#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/pair_host.hpp"
#include "cli/pair_text.hpp"
#include "common/config/state.hpp"
#include "common/config/stock_key.hpp"
#include "common/crypto/random.hpp"

namespace aegis::cli {
namespace {

constexpr int kKeyBits = 160;  // 32 characters: also within SRT's 10 to 79 for a passphrase

// New keys for `stream`; passphrases where `encrypted`.
void draw_keys(config::Stream& stream, bool encrypted) {
  stream.publish_key = fresh_key("pub-");
  stream.play_key = fresh_key("play-");
  stream.passphrase.reset();
  stream.play_passphrase.reset();
  if (!encrypted) return;
  stream.passphrase = crypto::random_token(kKeyBits);
  stream.play_passphrase = crypto::random_token(kKeyBits);
}

bool is_encrypted(const config::Stream& stream) {
  return stream.passphrase.has_value() || stream.play_passphrase.has_value();
}

Error unknown_stream(const std::string& name) {
  return {ErrorKind::kConfiguration, fmt::format("stream '{}'", name), "there is none of this name",
          "aegis pair list"};
}

// The name as typed; an absent one says how the command goes.
Status check_name(const Arguments& arguments, const char* command) {
  if (arguments.pair.name.empty())
    return Error{ErrorKind::kUsage, fmt::format("pair {}", command), "the stream's name is missing",
                 fmt::format("aegis pair {} NAME", command)};
  return config::check_full_name(arguments.pair.name);
}

// --host, checked; empty when it is not given.
Result<std::string> typed_host(const Arguments& arguments) {
  if (arguments.pair.host.empty()) return std::string();
  auto host = check_host(arguments.pair.host);
  if (!host) return bad_option(arguments, "host", host.error());
  return host;
}

void print_json(const nlohmann::ordered_json& document) {
  fmt::print("{}\n", document.dump(2));
}

// What aegis.toml has `relay serve` listen on, else the usual ports.
Result<config::RelayPorts> relay_ports(const Arguments& arguments) {
  config::RelayPorts ports;
  auto const& args = arguments.relay;
  for (auto const& [option, text, port] :
       {std::tuple("srtla", &args.srtla, &ports.srtla),
        std::tuple("srt-publish", &args.srt_publish, &ports.srt_publish),
        std::tuple("srt-play", &args.srt_play, &ports.srt_play)}) {
    auto const address = parse_host_port(*text, 0);
    if (!address) return bad_option(arguments, option, address.error());
    *port = address->port;
  }
  auto const http = parse_host_port(args.http, 0);
  if (!http) return bad_option(arguments, "http", http.error());
  ports.http.port = http->port;
  ports.https = !args.tls_cert.empty();
  if (!http->host.empty()) ports.http.host = http->host;
  return ports;
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

config::Stream* find(config::State& state, const std::string& name) {
  return const_cast<config::Stream*>(std::as_const(state).find_stream(name));
}

// Changes the stored state and keeps a copy of what was stored, for printing.
Result<config::State> change_state(const Arguments& arguments,
                                   const std::function<Status(config::State&)>& change) {
  auto const host = typed_host(arguments);
  if (!host) return host.error();
  config::State stored;
  auto const updated =
      config::update_state(state_file(arguments), [&](config::State& state) -> Status {
        if (!host->empty()) state.public_host = *host;
        if (auto changed = change(state); !changed) return changed;
        stored = state;
        return success();
      });
  if (!updated) return updated.error();
  return stored;
}

}  // namespace

crypto::Secret fresh_key(std::string_view prefix) {
  auto const token = crypto::random_token(kKeyBits);
  std::string text;
  text.reserve(prefix.size() + token.size());
  text += prefix;
  text += token.expose();
  return crypto::Secret(text);
}

Status cmd_pair_new(const Arguments& arguments) {
  if (auto fit = check_name(arguments, "new"); !fit) return fit;
  auto const& args = arguments.pair;
  if (!args.stock)
    return Error{
        ErrorKind::kUsage, "pair new",
        "pairing one aegis with another needs support at both ends that this version lacks",
        fmt::format("aegis pair new {} --stock", args.name)};
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    if (change.find_stream(args.name) != nullptr)
      return Error{ErrorKind::kConfiguration, fmt::format("stream '{}'", args.name),
                   "the name is taken", fmt::format("aegis pair show {}", args.name)};
    config::Stream stream;
    stream.tenant = config::tenant_of(args.name);
    stream.name = args.name.substr(stream.tenant.empty() ? 0 : stream.tenant.size() + 1);
    if (!stream.tenant.empty() && change.find_tenant(stream.tenant) == nullptr)
      return Error{ErrorKind::kConfiguration, fmt::format("tenant '{}'", stream.tenant),
                   "there is none of this name", fmt::format("aegis tenant new {}", stream.tenant)};
    draw_keys(stream, args.encrypt);
    change.streams.push_back(std::move(stream));
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
    return success();
  }
  if (arguments.pair.json) {
    nlohmann::ordered_json document{{"schema", 1}, {"streams", nlohmann::ordered_json::array()}};
    for (auto const& stream : state->streams)
      document["streams"].push_back(
          {{"name", config::full_name(stream)}, {"encrypted", is_encrypted(stream)}});
    print_json(document);
    return success();
  }
  if (state->streams.empty()) {
    fmt::print(stderr, "aegis: no stream yet\nhint: aegis pair new NAME --stock\n");
    return success();
  }
  fmt::print("{:<32}  {}\n", "NAME", "ENCRYPTED");
  for (auto const& stream : state->streams)
    fmt::print("{:<32}  {}\n", config::full_name(stream), is_encrypted(stream) ? "yes" : "no");
  return success();
}

Status cmd_pair_show(const Arguments& arguments) {
  if (auto fit = check_name(arguments, "show"); !fit) return fit;
  auto const host = typed_host(arguments);
  if (!host) return host.error();
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto state = config::load_state(state_file(arguments));
  if (!state) return state.error();
  auto const* stream = state->find_stream(arguments.pair.name);
  if (stream == nullptr) return unknown_stream(arguments.pair.name);
  if (!host->empty()) state->public_host = *host;
  print_key(arguments, *state, *stream, *ports);
  return success();
}

Status cmd_pair_rotate(const Arguments& arguments) {
  if (auto fit = check_name(arguments, "rotate"); !fit) return fit;
  auto const& name = arguments.pair.name;
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    auto* stream = find(change, name);
    if (stream == nullptr) return unknown_stream(name);
    draw_keys(*stream, is_encrypted(*stream));
    return success();
  });
  if (!state) return state.error();
  print_key(arguments, *state, *state->find_stream(name), *ports);
  return success();
}

Status cmd_pair_revoke(const Arguments& arguments) {
  if (auto fit = check_name(arguments, "revoke"); !fit) return fit;
  auto const& name = arguments.pair.name;
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    auto const removed = std::erase_if(change.streams, [&](const config::Stream& stream) {
      return config::full_name(stream) == name;
    });
    return removed == 0 ? Status(unknown_stream(name)) : success();
  });
  if (!state) return state.error();
  if (arguments.pair.json) {
    print_json({{"schema", 1}, {"name", name}, {"revoked", true}});
  } else {
    fmt::print("Stream {} is removed; its keys open nothing any more.\n", name);
  }
  return success();
}

}  // namespace aegis::cli
