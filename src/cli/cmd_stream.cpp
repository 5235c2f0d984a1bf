// `aegis stream`: text into StreamOptions, with what the key file adds.
#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "agent/data_file.hpp"
#include "agent/media/input_spec.hpp"
#include "agent/pairing.hpp"
#include "agent/stream.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "common/base/defaults.hpp"
#include "common/config/state.hpp"
#include "common/config/stock_key.hpp"

namespace aegis::cli {
namespace {

constexpr Duration kMinLatency = 20ms, kMaxLatency = 60s;

Error wrong(const Arguments& arguments, std::string_view option, std::string what, std::string why,
            std::string hint) {
  return bad_option(arguments, option,
                    {ErrorKind::kUsage, std::move(what), std::move(why), std::move(hint)});
}

Error no_key() {
  return {ErrorKind::kConfiguration, "stream", "no key to publish with",
          "pair with a relay: aegis pair new NAME there, aegis pair here; or use a key of it: "
          "aegis pair "
          "new NAME --stock --json there, aegis stream --key FILE here"};
}

Result<Duration> read_latency(const Arguments& arguments) {
  auto const& text = arguments.stream.latency;
  auto const latency = parse_duration(text);
  if (!latency) return bad_option(arguments, "latency", latency.error());
  if (*latency < kMinLatency || *latency > kMaxLatency)
    return wrong(arguments, "latency", fmt::format("duration '{}'", text),
                 fmt::format("not from {} to {}", to_string(kMinLatency), to_string(kMaxLatency)),
                 "aegis stream --latency 2000ms");
  return *latency;
}

Result<HostPort> parse_relay(const Arguments& arguments, const std::string& text) {
  auto relay = parse_host_port(text, defaults::kSrtlaPort);
  if (!relay) return bad_option(arguments, "relay", relay.error());
  if (relay->host.empty() || relay->port == 0)
    return wrong(arguments, "relay", fmt::format("address '{}'", text),
                 relay->host.empty() ? "the host is missing" : "the port is 0",
                 fmt::format("aegis stream --relay HOST:{}", defaults::kSrtlaPort));
  return *relay;
}

// The state, with what was begun brought to an end; where that fails, it may not be needed.
Result<config::State> load_pairings(const std::filesystem::path& file, bool needed) {
  auto state = config::load_state(file);
  if (!state || state->attempts.empty()) return state;
  if (auto const finished = agent::finish_pairings(file); !finished) {
    if (needed && state->relays.empty()) return finished.error();
    print_error(finished.error());
  }
  return config::load_state(file);
}

// What a key file says of whoever publishes by it.
agent::RelayTarget target_of(const config::PublishKey& key) {
  agent::RelayTarget target;
  target.stream_id = key.stream_id.expose();
  target.passphrase = key.passphrase;
  if (key.srtla) target.address = *key.srtla;
  return target;
}

// Each address of a relay that we are paired with, in order.
void add_paired(const config::PairedRelay& relay, agent::StreamOptions& options) {
  for (auto const& address : relay.terms.addresses)
    options.relays.push_back({address, std::string(relay.terms.stream_id.expose()),
                              relay.terms.passphrase, relay.name, relay.device, relay.fingerprint});
}

// Each --relay: a pairing's name, or an address with its --key. One key may serve all.
Status add_named_relays(const Arguments& arguments, const std::vector<config::PublishKey>& keys,
                        const config::State& state, agent::StreamOptions& options) {
  auto const& relays = arguments.stream.relays;
  auto const addresses =
      static_cast<std::size_t>(std::count_if(relays.begin(), relays.end(), [&](const auto& text) {
        return state.find_relay(text) == nullptr;
      }));
  if (keys.size() > 1 && keys.size() != addresses)
    return wrong(arguments, "key", "", "neither one key for all relays nor one for each",
                 "give each --relay its --key, in the same order");
  std::size_t next_key = 0;
  for (auto const& text : relays) {
    if (auto const* paired = state.find_relay(text)) {
      add_paired(*paired, options);
      continue;
    }
    if (keys.empty() && !options.proxy) return no_key();
    auto const address = parse_relay(arguments, text);
    if (!address) return address.error();
    auto target = keys.empty()       ? agent::RelayTarget()
                  : keys.size() == 1 ? target_of(keys.front())
                                     : target_of(keys[next_key++]);
    target.address = *address;
    options.relays.push_back(std::move(target));
  }
  return success();
}

// Without --relay: what the keys name, else the only pairing.
Status add_known_relays(const std::vector<config::PublishKey>& keys, const config::State& state,
                        agent::StreamOptions& options) {
  for (auto const& key : keys) {
    options.relays.push_back(target_of(key));
    if (options.relays.back().address.host.empty())
      return Error{ErrorKind::kConfiguration, "stream", "the key file names no relay",
                   fmt::format("aegis stream --relay HOST:{}", defaults::kSrtlaPort)};
  }
  if (!keys.empty()) return success();
  if (state.relays.size() == 1) {
    add_paired(state.relays.front(), options);
    return success();
  }
  if (state.relays.size() > 1)
    return Error{ErrorKind::kConfiguration, "stream", "there are several relays to choose from",
                 fmt::format("aegis stream --relay {}", state.relays.front().name)};
  if (!options.proxy) return no_key();
  return Error{ErrorKind::kConfiguration, "stream", "no relay is given",
               fmt::format("aegis stream --relay HOST:{}", defaults::kSrtlaPort)};
}

Status check_inputs(const Arguments& arguments) {
  auto const& args = arguments.stream;
  auto const& inputs = args.inputs;
  if (std::find(inputs.begin(), inputs.end(), "") != inputs.end())
    return wrong(arguments, "input", "", "it is empty", "aegis stream --input test");
  if (args.loop && std::none_of(inputs.begin(), inputs.end(), agent::media::is_file))
    return wrong(
        arguments, "loop", "",
        fmt::format("'{}' has no end to start again at", inputs.empty() ? "test" : inputs.front()),
        "aegis stream --input FILE --loop");
  bool const passed_on =
      inputs.size() == 1 && !args.encode && agent::media::is_plain_ts(inputs.front());
  if (!args.slate.empty() && passed_on)
    return wrong(
        arguments, "slate", "",
        fmt::format("'{}' is passed on as it is, and nothing is put in its place", inputs.front()),
        fmt::format("aegis stream --input {} --encode --slate {}", inputs.front(), args.slate));
  return success();
}

Status check_combination(const Arguments& arguments) {
  auto const& args = arguments.stream;
  if (auto fit = check_inputs(arguments); !fit) return fit;
  bool const input_typed = !args.inputs.empty() && !arguments.from_file.contains("input");
  if (!args.proxy.empty() && input_typed)
    return wrong(arguments, "proxy", "", "an encoder's packets and --input exclude each other",
                 "leave one of --proxy and --input out");
  return success();
}

Status add_proxy(const Arguments& arguments, agent::StreamOptions& options) {
  auto proxy = parse_host_port(arguments.stream.proxy, 0);
  if (!proxy) return bad_option(arguments, "proxy", proxy.error());
  // An encoder on another machine must be asked for: whoever reaches the address is bonded.
  if (proxy->host.empty()) proxy->host = "127.0.0.1";
  options.proxy = *proxy;
  return success();
}

}  // namespace

Status add_links(const Arguments& arguments, agent::StreamOptions& options) {
  for (auto const& link : arguments.stream.links) {
    auto const comma = link.find(',');
    auto const name = link.substr(0, comma);
    if (name.empty())
      return wrong(arguments, "link", "", link.empty() ? "it is empty" : "the interface is missing",
                   "list the interfaces: ip -br address");
    agent::LinkChange wanted;
    if (comma != std::string::npos) {
      auto const parsed = agent::change_settings({}, link.substr(comma + 1));
      if (!parsed) return bad_option(arguments, "link", parsed.error());
      if (parsed->used)
        return wrong(arguments, "link", "", "what was used is told to a running agent",
                     fmt::format("aegis link {} used=3G", name));
      wanted = *parsed;
    }
    options.links.push_back({name, wanted.settings});
  }
  return success();
}

Status add_relays(const Arguments& arguments, const config::State& state,
                  agent::StreamOptions& options) {
  std::vector<config::PublishKey> keys;
  for (auto const& file : arguments.stream.keys) {
    auto key = config::load_publish_key(file);
    if (!key) return key.error();
    keys.push_back(std::move(*key));
  }
  return arguments.stream.relays.empty() ? add_known_relays(keys, state, options)
                                         : add_named_relays(arguments, keys, state, options);
}

Status cmd_stream(const Arguments& arguments) {
  auto const& args = arguments.stream;
  if (auto fit = check_combination(arguments); !fit) return fit;
  agent::StreamOptions options;
  if (!args.inputs.empty()) options.inputs = args.inputs;
  options.loop = args.loop;
  options.encode = args.encode;
  options.slate = args.slate;
  options.json = args.json;
  options.data_file = agent::DataFile::beside(state_file(arguments));
  auto const latency = read_latency(arguments);
  if (!latency) return latency.error();
  options.latency = *latency;
  auto const bitrate = agent::parse_bit_rate_bounds(args.bitrate);
  if (!bitrate) return bad_option(arguments, "bitrate", bitrate.error());
  options.bitrate = *bitrate;
  if (auto added = add_links(arguments, options); !added) return added;
  if (!args.proxy.empty())
    if (auto added = add_proxy(arguments, options); !added) return added;
  options.state = state_file(arguments);
  auto const state = load_pairings(options.state, args.relays.empty() && args.keys.empty());
  if (!state) return state.error();
  if (auto added = add_relays(arguments, *state, options); !added) return added;
  return agent::run(options);
}

}  // namespace aegis::cli
