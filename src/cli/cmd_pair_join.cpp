// `aegis pair URI` and `rotate` on a rig: the way to a relay.
#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "agent/pairing.hpp"
#include "cli/commands.hpp"
#include "cli/hidden_line.hpp"
#include "common/config/private_file.hpp"

namespace aegis::cli {
namespace {

constexpr config::PrivateFileRules kCodeFile{"pairing code file", 4096, false, true};

crypto::Secret first_word(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  auto const begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  auto const end = text.find_first_of(kBlank, begin);
  return crypto::Secret(text.substr(begin, end == std::string_view::npos ? end : end - begin));
}

Result<crypto::Secret> read_code_file(const std::string& file) {
  auto const content = config::read_private_file(file, kCodeFile);
  if (!content) return content.error();
  if (!content->has_value())
    return Error{ErrorKind::kConfiguration,
                 fmt::format("pairing code file {}", config::quoted(file)), "there is no such file",
                 "aegis pair, and paste the code at the prompt"};
  return first_word((*content)->expose());
}

// From where the user has it: a file, an argument, standard input, or the keyboard.
Result<crypto::Secret> read_code(const PairArgs& args) {
  if (!args.uri_file.empty()) return read_code_file(args.uri_file);
  if (!args.uri.empty() && args.uri != "-") return crypto::Secret(args.uri);
  if (args.uri.empty() && ::isatty(STDIN_FILENO) == 0)
    return Error{ErrorKind::kUsage, "pair", "neither a code nor a command is given",
                 "aegis pair - (for a code on standard input), or: aegis pair --help"};
  auto const line = hidden_line(args.uri.empty() ? "Code from the relay: " : "");
  return first_word(line.expose());
}

void print_pairing(const Arguments& arguments, const config::PairedRelay& relay, bool fresh) {
  if (arguments.pair.json) {
    nlohmann::ordered_json document{{"schema", 1},
                                    {"name", relay.name},
                                    {"stream", relay.terms.stream},
                                    {"addresses", nlohmann::ordered_json::array()},
                                    {"fingerprint", crypto::to_hex(relay.fingerprint)}};
    for (auto const& address : relay.terms.addresses)
      document["addresses"].push_back(to_string(address));
    fmt::print("{}\n", document.dump(2));
  } else if (fresh) {
    fmt::print("Paired with {} for its stream {}. On air with: aegis stream --relay {}\n",
               to_string(relay.terms.addresses.front()), relay.terms.stream, relay.name);
  } else {
    fmt::print("{} has a new key; the old one opens nothing any more.\n", relay.name);
  }
}

}  // namespace

Status cmd_pair(const Arguments& arguments) {
  auto const& args = arguments.pair;
  auto const code = read_code(args);
  if (!code) return code.error();
  auto const uri = pairing::parse_uri(code->expose());
  if (!uri) return uri.error();
  auto const relay = agent::pair(state_file(arguments), *uri, args.as);
  if (!relay) return relay.error();
  print_pairing(arguments, *relay, true);
  return success();
}

Status rotate_at_rig(const Arguments& arguments) {
  auto const relay = agent::rotate_pairing(state_file(arguments), arguments.pair.name);
  if (!relay) return relay.error();
  print_pairing(arguments, *relay, false);
  return success();
}

}  // namespace aegis::cli
