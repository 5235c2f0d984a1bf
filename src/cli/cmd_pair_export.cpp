// `aegis pair export`: one stream as one program takes it.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/pair_host.hpp"
#include "cli/pair_state.hpp"
#include "cli/pair_text.hpp"
#include "cli/qr_code.hpp"
#include "cli/terminal.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

// What the program asks for, in its own words; the link is what it opens by itself.
struct Form {
  std::vector<std::pair<std::string, std::string>> values;
  std::string link;
};

// "Import settings using moblin://" in the README of Moblin.
Form moblin(const config::StockKey& key) {
  Json const settings{
      {"streams", Json::array({Json{{"name", key.name}, {"url", srtla_url(key)}}})}};
  return {{{"URL", srtla_url(key)}}, "moblin://?" + url_encoded(settings.dump())};
}

// Programs that have a field for each.
Form fields(const config::StockKey& key) {
  Form form{{{"host", key.host},
             {"port", std::to_string(key.ports.srtla)},
             {"stream id", std::string(key.publish_id.expose())}},
            ""};
  if (key.publish_passphrase)
    form.values.emplace_back("passphrase", key.publish_passphrase->expose());
  return form;
}

Form obs(const config::StockKey& key) {
  return {{{"media source", play_url(key)}, {"stream server", publish_url(key)}}, ""};
}

Form noalbs(const config::StockKey& key) {
  auto const url = config::stats_url(key);
  if (!url) return {{{"stats key", std::string(key.stats_key.expose())}}, ""};
  return {{{"stream server", config::noalbs_entry(key, *url, false)}}, ""};
}

const std::map<std::string, Form (*)(const config::StockKey&), std::less<>> kForms{
    {"belabox", fields}, {"irlpro", fields}, {"moblin", moblin}, {"noalbs", noalbs}, {"obs", obs}};

void print_form(const Arguments& arguments, const Form& form) {
  if (arguments.pair.json) {
    Json document{{"schema", 1},
                  {"name", arguments.pair.name},
                  {"for", arguments.pair.program},
                  {"values", Json::object()},
                  {"link", form.link.empty() ? Json(nullptr) : Json(form.link)}};
    for (auto const& [name, value] : form.values) document["values"][name] = value;
    fmt::print("{}\n", document.dump(2));
    return;
  }
  for (auto const& [name, value] : form.values) fmt::print("{}: {}\n", name, value);
  if (form.link.empty()) return;
  fmt::print("link: {}\n", form.link);
  Terminal const terminal(STDOUT_FILENO);
  auto const picture = QrCode::of(crypto::Secret(form.link));
  if (picture && (terminal.is_tty() || arguments.pair.qr))
    fmt::print("\n{}", picture->text(terminal.colour()));
}

}  // namespace

Status cmd_pair_export(const Arguments& arguments) {
  if (auto fit = check_pair_name(arguments, "export"); !fit) return fit;
  auto const& args = arguments.pair;
  auto const form = kForms.find(args.program);
  if (form == kForms.end())
    return bad_option(arguments, "for",
                      {ErrorKind::kUsage, "",
                       args.program.empty() ? std::string("it is missing")
                                            : fmt::format("'{}' is no known program", args.program),
                       "--for moblin, irlpro, belabox, obs or noalbs"});
  auto const host = typed_host(arguments);
  if (!host) return host.error();
  auto const ports = relay_ports(arguments);
  if (!ports) return ports.error();
  auto state = config::load_state(state_file(arguments));
  if (!state) return state.error();
  auto const* stream = std::as_const(*state).find_stream(args.name);
  if (stream == nullptr) return unknown_stream(args.name);
  if (!host->empty()) state->public_host = *host;
  print_form(arguments, form->second(config::stock_key(*stream, printed_host(*state), *ports)));
  return success();
}

}  // namespace aegis::cli
