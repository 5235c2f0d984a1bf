#include "emulator/link_options.hpp"

#include <charconv>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"

namespace aegis::emulator {

const char* const kUsage = R"(usage: aegis-linkemu --ns-a NAME --ns-b NAME --link SPEC... [options]
  Moves packets between TUN devices in two network namespaces, as links with faults would.
  --link name=m0,a=ADDR[/LEN][+ADDR..],b=ADDR..[,up=PROFILE][,down=PROFILE][,route=NET[+NET..]]
         [,nat=ADDR]
         route: what side a reaches over this link; nat: the address that side b sees side a by, in b's subnet
         PROFILE is STAGE:VALUE/STAGE:VALUE..., for instance rate:6M/delay:30ms/loss:0.1%/queue:200ms
  --trace NAME=FILE    a file of delivery opportunities, for the stage trace:NAME
  --seed N             the faults' seed (1)
  --control PATH|-     takes commands on a Unix socket, or on stdin:
         m0 down [hold] | m0 up | m0 unplug | m0 plug | m0 up.rate 3M | m0 both.loss 1% | stats
         restart: traces, outages and figures of all links begin anew
  --for DURATION       ends by itself
)";

namespace {

Error usage(std::string what, std::string why) {
  return {ErrorKind::kUsage, std::move(what), std::move(why), "Run aegis-linkemu --help."};
}

// "10.0.1.2+fd00::1/64" -> addresses, each with a prefix length (24 and 64 when left out).
std::vector<std::string> address_list(std::string_view text, bool lengths) {
  std::vector<std::string> list;
  for (std::string_view part : split(text, '+')) {
    bool const has_length = part.find('/') != std::string_view::npos;
    bool const v6 = part.find(':') != std::string_view::npos;
    list.push_back(std::string(part) + (has_length || !lengths ? "" : v6 ? "/64" : "/24"));
  }
  return list;
}

Result<std::uint32_t> ipv4_number(std::string_view text) {
  auto address = parse_address(text.substr(0, text.find('/')));
  if (!address) return std::move(address).error();
  if (!address->is_v4()) return usage("nat needs IPv4 addresses", std::string(text));
  const auto& bytes = address->address();
  return load_u32(std::as_bytes(std::span(bytes)), 12);
}

struct Field {
  std::string_view key, value;
};

Status set_field(LinkOptions& link, const Field& field, std::string_view& nat,
                 const FindTrace& find_trace) {
  if (field.key == "name") {
    link.name = field.value;
  } else if (field.key == "a" || field.key == "b") {
    (field.key == "a" ? link.a : link.b) = address_list(field.value, true);
  } else if (field.key == "route") {
    link.routes_a = address_list(field.value, false);
  } else if (field.key == "nat") {
    nat = field.value;
  } else if (field.key == "up" || field.key == "down") {
    auto profile = parse_profile(field.value, find_trace);
    if (!profile) return std::move(profile).error();
    (field.key == "up" ? link.up : link.down) = std::move(profile).value();
  } else {
    return usage(fmt::format("a link has no \"{}\"", field.key), "");
  }
  return success();
}

Result<LinkOptions> parse_link(std::string_view text, const FindTrace& find_trace) {
  LinkOptions link;
  std::string_view nat;
  for (std::string_view part : split(text, ',')) {
    std::size_t const equals = part.find('=');
    if (equals == std::string_view::npos) {
      return usage(fmt::format("\"{}\" is not KEY=VALUE", part), "");
    }
    Field const field{part.substr(0, equals), part.substr(equals + 1)};
    if (Status status = set_field(link, field, nat, find_trace); !status) {
      return std::move(status).error();
    }
  }
  if (link.name.empty() || link.name.size() > 15 || link.a.empty() || link.b.empty()) {
    return usage("a link needs name=, a= and b=", std::string(text));
  }
  if (!nat.empty()) {
    auto inside = ipv4_number(link.a.front());
    auto outside = ipv4_number(nat);
    if (!inside) return std::move(inside).error();
    if (!outside) return std::move(outside).error();
    link.nat = Nat{*inside, *outside};
  }
  return link;
}

Status load_trace(Options& options, const std::string& text) {
  std::size_t const equals = text.find('=');
  if (equals == std::string::npos) return usage("--trace takes NAME=FILE", text);
  std::ifstream file(text.substr(equals + 1));
  std::stringstream content;
  content << file.rdbuf();
  if (!file) {
    return Error{ErrorKind::kBadInput, "the trace cannot be read", text.substr(equals + 1), ""};
  }
  auto trace = Trace::parse(content.str());
  if (!trace) return std::move(trace).error();
  options.traces[text.substr(0, equals)] = std::make_shared<const Trace>(std::move(trace).value());
  return success();
}

Status set_option(Options& options, const std::string& name, const std::string& value) {
  if (name == "--ns-a") {
    options.namespace_a = value;
  } else if (name == "--ns-b") {
    options.namespace_b = value;
  } else if (name == "--control") {
    options.control = value;
  } else if (name == "--trace") {
    return load_trace(options, value);
  } else if (name == "--seed") {
    auto const [rest, code] =
        std::from_chars(value.data(), value.data() + value.size(), options.seed);
    if (code != std::errc{} || *rest != '\0') return usage("--seed takes a number", value);
  } else if (name == "--for") {
    auto duration = parse_duration(value);
    if (!duration) return std::move(duration).error();
    options.run_for = *duration;
  } else if (name == "--link") {
    auto link = parse_link(value, options.find_trace());
    if (!link) return std::move(link).error();
    options.links.push_back(std::move(link).value());
  } else {
    return usage(fmt::format("there is no option \"{}\"", name), "");
  }
  return success();
}

}  // namespace

FindTrace Options::find_trace() const {
  return [this](std::string_view name) {
    auto const found = traces.find(name);
    return found == traces.end() ? nullptr : found->second;
  };
}

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  // Traces first: links name them.
  for (bool const traces : {true, false}) {
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
      if (i + 1 == arguments.size()) return usage(arguments[i] + " needs a value", "");
      if ((arguments[i] == "--trace") != traces) continue;
      if (Status status = set_option(options, arguments[i], arguments[i + 1]); !status) {
        return std::move(status).error();
      }
    }
  }
  if (options.links.empty()) return usage("there is no --link", "");
  if (options.namespace_a.empty() || options.namespace_b.empty() ||
      options.namespace_a == options.namespace_b) {
    return usage("--ns-a and --ns-b must name two namespaces", "");
  }
  return options;
}

}  // namespace aegis::emulator
