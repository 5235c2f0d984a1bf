// `aegis relay serve`: addresses into ServeOptions.
#include <fmt/core.h>

#include "cli/commands.hpp"
#include "common/config/state.hpp"
#include "relay/hook.hpp"
#include "relay/serve.hpp"

namespace aegis::cli {
namespace {

// Fills `out` from [HOST:]PORT.
Status read_address(const Arguments& arguments, std::string_view option, const std::string& text,
                    HostPort& out) {
  auto const parsed = parse_host_port(text, 0);
  if (!parsed) return bad_option(arguments, option, parsed.error());
  out = *parsed;
  return success();
}

Status read_networks(const Arguments& arguments, std::string_view option,
                     const std::vector<std::string>& texts, std::vector<Cidr>& out) {
  for (auto const& text : texts) {
    auto const parsed = parse_cidr(text);
    if (!parsed) return bad_option(arguments, option, parsed.error());
    out.push_back(*parsed);
  }
  return success();
}

constexpr Duration kLongest = 24h * 365;

Status read_time(const Arguments& arguments, std::string_view option, const std::string& text,
                 Duration least, Duration& out) {
  auto const parsed = parse_duration(text);
  if (!parsed) return bad_option(arguments, option, parsed.error());
  if (*parsed < least || *parsed > kLongest)
    return bad_option(arguments, option,
                      {ErrorKind::kUsage, "",
                       fmt::format("'{}' is not within {} and a year", text, to_string(least)),
                       fmt::format("--{} 30s", option)});
  out = *parsed;
  return success();
}

Status read_sessions(const Arguments& arguments, relay::ServeOptions& options) {
  auto const& args = arguments.relay;
  if (auto read = read_time(arguments, "grace", args.grace, 0s, options.sessions.grace); !read)
    return read;
  if (!args.max_age.empty())
    if (auto read = read_time(arguments, "max-age", args.max_age, 1s, options.sessions.age); !read)
      return read;
  if (args.second_publisher != "refuse" && args.second_publisher != "replace")
    return bad_option(arguments, "second-publisher",
                      {ErrorKind::kUsage, "",
                       fmt::format("'{}' is neither refuse nor replace", args.second_publisher),
                       "--second-publisher replace"});
  options.second_publisher = args.second_publisher == "replace"
                                 ? relay::session::SecondPublisher::kReplace
                                 : relay::session::SecondPublisher::kRefuse;
  return success();
}

Status read_recording(const Arguments& arguments, relay::ServeOptions& options) {
  auto const& args = arguments.relay;
  options.record.directory = args.record;
  if (auto read =
          read_time(arguments, "record-rotate", args.record_rotate, 1s, options.record.rotate);
      !read)
    return read;
  auto const free = parse_bytes(args.record_keep_free);
  if (!free) return bad_option(arguments, "record-keep-free", free.error());
  options.record.keep_free = *free;
  return success();
}

Result<relay::ServeOptions> serve_options(const Arguments& arguments) {
  auto const& args = arguments.relay;
  relay::ServeOptions options;
  for (auto const& [option, text, out] :
       {std::tuple("srtla", &args.srtla, &options.srtla),
        std::tuple("srt-publish", &args.srt_publish, &options.srt_publish),
        std::tuple("srt-play", &args.srt_play, &options.srt_play),
        std::tuple("http", &args.http, &options.http)})
    if (auto read = read_address(arguments, option, *text, *out); !read) return read.error();
  // Figures stay on this host unless an address is written out.
  if (options.http.host.empty()) options.http.host = "127.0.0.1";
  if (!args.forward.empty()) {
    HostPort forward;
    if (auto read = read_address(arguments, "forward", args.forward, forward); !read)
      return read.error();
    if (forward.host.empty()) forward.host = "127.0.0.1";
    options.forward = forward;
  }
  options.tls_cert = args.tls_cert;
  options.tls_key = args.tls_key;
  options.api_key = args.api_key;
  if (auto read = read_sessions(arguments, options); !read) return read.error();
  if (auto read = read_networks(arguments, "allow", args.allow, options.callers.allow); !read)
    return read.error();
  if (auto read = read_networks(arguments, "deny", args.deny, options.callers.deny); !read)
    return read.error();
  options.require_auth = args.require_auth;
  if (auto const text = args.pair_listen.empty() ? args.srtla : args.pair_listen; text != "none") {
    HostPort pairing;
    if (auto read = read_address(arguments, "pair-listen", text, pairing); !read)
      return read.error();
    options.pair_listen = pairing;
  }
  if (auto read = read_recording(arguments, options); !read) return read.error();
  for (auto const& hook : args.hooks)
    if (auto fit = relay::check_hook(hook); !fit) return bad_option(arguments, "hook", fit.error());
  options.hooks = args.hooks;
  options.hook_key = args.hook_key;
  options.state = state_file(arguments);
  return options;
}

}  // namespace

std::filesystem::path state_file(const Arguments& arguments) {
  return arguments.state.empty() ? config::default_state_file()
                                 : std::filesystem::path(arguments.state);
}

Status cmd_relay_serve(const Arguments& arguments) {
  auto options = serve_options(arguments);
  if (!options) return options.error();
  options->reread = [again = arguments.again]() -> Result<relay::ServeOptions> {
    auto const fresh = again();
    if (!fresh) return fresh.error();
    return serve_options(*fresh);
  };
  return relay::serve(*options);
}

}  // namespace aegis::cli
