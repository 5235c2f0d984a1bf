#include "cli/pair_state.hpp"

#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "cli/commands.hpp"
#include "cli/pair_host.hpp"
#include "common/crypto/random.hpp"

namespace aegis::cli {
namespace {

constexpr int kKeyBits = 160;  // 32 characters: also within SRT's 10 to 79 for a passphrase

}  // namespace

Error unknown_stream(const std::string& name) {
  return {ErrorKind::kConfiguration, fmt::format("stream '{}'", name), "there is none of this name",
          "aegis pair list"};
}

Status check_pair_name(const Arguments& arguments, const char* command) {
  if (arguments.pair.name.empty())
    return Error{ErrorKind::kUsage, fmt::format("pair {}", command), "the stream's name is missing",
                 fmt::format("aegis pair {} NAME", command)};
  return config::check_full_name(arguments.pair.name);
}

Result<std::string> typed_host(const Arguments& arguments) {
  if (arguments.pair.host.empty()) return std::string();
  auto host = check_host(arguments.pair.host);
  if (!host) return bad_option(arguments, "host", host.error());
  return host;
}

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

Result<std::uint16_t> pairing_port(const Arguments& arguments) {
  auto const& args = arguments.relay;
  if (args.pair_listen == "none")
    return bad_option(arguments, "pair-listen",
                      {ErrorKind::kUsage, "", "the relay lets nobody pair",
                       "give it an address: --pair-listen 5000"});
  bool const own = !args.pair_listen.empty();
  auto const address = parse_host_port(own ? args.pair_listen : args.srtla, 0);
  if (!address) return bad_option(arguments, own ? "pair-listen" : "srtla", address.error());
  return address->port;
}

void draw_keys(config::Stream& stream, bool publish_passphrase, bool play_passphrase) {
  auto const passphrase = [](bool wanted) {
    return wanted ? std::optional(crypto::random_token(kKeyBits)) : std::nullopt;
  };
  stream.publish_key = fresh_key("pub-");
  stream.play_key = fresh_key("play-");
  stream.passphrase = passphrase(publish_passphrase);
  stream.play_passphrase = passphrase(play_passphrase);
}

Result<config::Stream*> add_stream(config::State& state, const std::string& full_name) {
  config::Stream stream;
  stream.tenant = config::tenant_of(full_name);
  stream.name = full_name.substr(stream.tenant.empty() ? 0 : stream.tenant.size() + 1);
  if (!stream.tenant.empty() && state.find_tenant(stream.tenant) == nullptr)
    return Error{ErrorKind::kConfiguration, fmt::format("tenant '{}'", stream.tenant),
                 "there is none of this name", fmt::format("aegis tenant new {}", stream.tenant)};
  state.streams.push_back(std::move(stream));
  return &state.streams.back();
}

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

crypto::Secret fresh_key(std::string_view prefix) {
  auto const token = crypto::random_token(kKeyBits);
  std::string text;
  text.reserve(prefix.size() + token.size());
  text += prefix;
  text += token.expose();
  return crypto::Secret(text);
}

}  // namespace aegis::cli
