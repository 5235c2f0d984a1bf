// `aegis pair new` and `rotate` on a relay: one-time codes for rigs.
#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/pair_host.hpp"
#include "cli/pair_state.hpp"
#include "cli/qr_code.hpp"
#include "cli/terminal.hpp"
#include "common/base/defaults.hpp"
#include "common/config/private_file.hpp"
#include "common/crypto/identity.hpp"
#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"
#include "common/pairing/uri.hpp"

namespace aegis::cli {
namespace {

constexpr Duration kShortest = 1min, kLongest = 24h;

Result<Duration> read_expiry(const Arguments& arguments) {
  auto const& text = arguments.pair.expires;
  auto const parsed = parse_duration(text);
  if (!parsed) return bad_option(arguments, "expires", parsed.error());
  if (*parsed < kShortest || *parsed > kLongest)
    return bad_option(arguments, "expires",
                      {ErrorKind::kUsage, "",
                       fmt::format("'{}' is not within {} and {}", text, to_string(kShortest),
                                   to_string(kLongest)),
                       "--expires 10m"});
  return *parsed;
}

Result<std::vector<HostPort>> read_addresses(const Arguments& arguments) {
  std::vector<HostPort> addresses;
  for (auto const& text : arguments.pair.addresses) {
    auto const address = parse_host_port(text, defaults::kSrtlaPort);
    if (!address) return bad_option(arguments, "address", address.error());
    if (address->host.empty() || address->port == 0 ||
        addresses.size() == config::State::kMaxAddresses)
      return bad_option(
          arguments, "address",
          {ErrorKind::kUsage, "", fmt::format("'{}' has no host or port, or is one too many", text),
           fmt::format("--address HOST:{}", defaults::kSrtlaPort)});
    addresses.push_back(*address);
  }
  return addresses;
}

crypto::Secret random_secret(std::size_t size) {
  std::array<std::byte, 64> bytes;
  crypto::random_bytes(std::span(bytes).first(size));
  return crypto::Secret(std::string_view(reinterpret_cast<const char*>(bytes.data()), size));
}

// Puts an invitation in the place of whatever was there, and gives its code.
pairing::Uri invite(config::State& state, config::Stream& stream, WallTime expires) {
  if (state.identity.empty()) state.identity = random_secret(crypto::kIdentitySize);
  pairing::Uri uri;
  crypto::random_bytes(uri.invitation);
  uri.secret = random_secret(pairing::kSecretSize);
  uri.fingerprint = crypto::fingerprint_of(state.identity);
  auto const digest = crypto::sha256(std::as_bytes(std::span(uri.secret.expose())));
  stream.slot.invitation = pairing::Invitation{uri.invitation, digest, expires, 0};
  stream.slot.candidate.reset();
  return uri;
}

void print_code(const Arguments& arguments, const pairing::Uri& uri, WallTime expires) {
  auto const& args = arguments.pair;
  auto const code = pairing::write_uri(uri);
  if (args.json) {
    auto const seconds = std::chrono::floor<std::chrono::seconds>(expires.time_since_epoch());
    fmt::print("{}\n", nlohmann::ordered_json{{"schema", 1},
                                              {"name", args.name},
                                              {"uri", code.expose()},
                                              {"expires_unix", seconds.count()},
                                              {"fingerprint", crypto::to_hex(uri.fingerprint)}}
                           .dump(2));
    return;
  }
  Terminal const terminal(STDOUT_FILENO);
  if (!terminal.is_tty() && !args.qr) {
    fmt::print("{}\n", code.expose());
    return;
  }
  auto const picture = QrCode::of(code);
  fmt::print(
      "Code for the rig of stream {}, good once, for {}:\n\n{}\n\n{}\n"
      "On the rig, type this and paste the code at its prompt:\n\n  aegis pair\n",
      args.name, args.expires, code.expose(), picture ? picture->text(terminal.colour()) : "");
}

// The picture holds the code, so it is as private as the state file.
Status save_picture(const std::string& file, const pairing::Uri& uri) {
  if (file.empty()) return success();
  auto const picture = QrCode::of(pairing::write_uri(uri));
  auto const png = picture ? picture->png() : "";
  if (png.empty()) return Error{ErrorKind::kTryLater, "picture", "no memory for it", "free -h"};
  return config::put_private_file(std::filesystem::absolute(file), png, "picture");
}

// A code for `stream`, which `choose` finds or makes.
Status invite_to(const Arguments& arguments,
                 const std::function<Result<config::Stream*>(config::State&)>& choose) {
  auto const expiry = read_expiry(arguments);
  if (!expiry) return expiry.error();
  auto const port = pairing_port(arguments);
  if (!port) return port.error();
  auto const addresses = read_addresses(arguments);
  if (!addresses) return addresses.error();
  auto const expires = os::wall_now() + *expiry;
  pairing::Uri uri;
  std::string host;
  auto const state = change_state(arguments, [&](config::State& change) -> Status {
    auto const stream = choose(change);
    if (!stream) return stream.error();
    host = printed_host(change);
    if (host.empty())
      return Error{ErrorKind::kConfiguration, "pair", "a code must say where the relay is",
                   fmt::format("aegis pair new {} --host NAME", arguments.pair.name)};
    if (!addresses->empty()) change.addresses = *addresses;
    uri = invite(change, **stream, expires);
    return success();
  });
  if (!state) return state.error();
  uri.at = {host, *port};
  print_code(arguments, uri, expires);
  return save_picture(arguments.pair.png, uri);
}

}  // namespace

Status invite_rig(const Arguments& arguments) {
  auto const& args = arguments.pair;
  return invite_to(arguments, [&](config::State& state) -> Result<config::Stream*> {
    if (auto* known = state.find_stream(args.name)) {
      if (!known->slot.device) return known;
      return Error{ErrorKind::kConfiguration, fmt::format("stream '{}'", args.name),
                   "it has a rig already",
                   fmt::format("a new key for it: aegis pair rotate {}", args.name)};
    }
    auto made = add_stream(state, args.name);
    if (made) draw_keys(**made, true, args.encrypt);
    return made;
  });
}

Status invite_again(const Arguments& arguments) {
  auto const& name = arguments.pair.name;
  return invite_to(arguments, [&](config::State& state) -> Result<config::Stream*> {
    auto* stream = state.find_stream(name);
    if (stream == nullptr) return unknown_stream(name);
    return stream;
  });
}

}  // namespace aegis::cli
