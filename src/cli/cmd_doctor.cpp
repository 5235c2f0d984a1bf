// `aegis doctor`: what this host is, which checks it gets, and how they are shown.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "agent/doctor/checkup.hpp"
#include "agent/stream.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "common/config/state.hpp"
#include "common/os/host_health.hpp"
#include "relay/checkup.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;
using Level = Finding::Level;

struct LevelLook {
  const char* word;
  Colour colour;
};

LevelLook look_of(Level level) {
  switch (level) {
    case Level::kOk:
      return {"ok", Colour::kGood};
    case Level::kNote:
      return {"note", Colour::kPlain};
    case Level::kSkipped:
      return {"skipped", Colour::kFaint};
    case Level::kWarning:
      return {"warning", Colour::kWarning};
    case Level::kFault:
      break;
  }
  return {"fault", Colour::kBad};
}

void add(Findings& out, Findings more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

Finding fault(const char* check, std::string subject, const Error& error) {
  auto const seen =
      error.what.empty() || error.what == subject ? error.why : error.what + ": " + error.why;
  return {Level::kFault, check, std::move(subject), seen, error.hint};
}

Finding about(const std::filesystem::path& file, const config::State& state) {
  std::error_code code;
  if (!std::filesystem::exists(file, code))
    return {Level::kNote, "state", file.string(), "not there yet: no pairing and no stream", ""};
  return {Level::kOk, "state", file.string(),
          fmt::format("pairings: {}, streams: {}", state.relays.size(), state.streams.size()), ""};
}

// Every relay that is typed, or set for `stream`, else every one that there is a pairing with.
Findings check_rig(Arguments arguments, const config::State& state, agent::StreamOptions options) {
  auto& asked = arguments.stream;
  if (asked.relays.empty() && asked.keys.empty())
    for (auto const& relay : state.relays) asked.relays.push_back(relay.name);
  options.proxy = HostPort();  // a relay may be asked without a key to publish by
  Findings out;
  if (asked.relays.empty() && asked.keys.empty()) {
    out.push_back({Level::kFault, "relay", "here", "no relay is known",
                   "pair with one: aegis pair; or name it: aegis doctor --relay HOST:PORT"});
  } else if (auto added = add_relays(arguments, state, options); !added) {
    out.push_back(fault("relay", "here", added.error()));
  }
  add(out, agent::doctor::check_rig(options.relays, options.links));
  return out;
}

Result<Findings> check_relay(const Arguments& arguments) {
  auto const& relay = arguments.relay;
  std::vector<std::pair<std::string, HostPort>> listeners;
  for (auto const& [name, text] :
       {std::pair("srtla", &relay.srtla), std::pair("srt-publish", &relay.srt_publish),
        std::pair("srt-play", &relay.srt_play)}) {
    auto const where = parse_host_port(*text, 0);
    if (!where) return bad_option(arguments, name, where.error());
    listeners.emplace_back(name, *where);
  }
  return relay::check_listeners(listeners);
}

void print_table(const Findings& findings) {
  Terminal const terminal(STDOUT_FILENO);
  std::size_t check_width = 0, subject_width = 0;
  for (auto const& finding : findings) {
    check_width = std::max(check_width, columns(finding.check));
    subject_width = std::max(subject_width, columns(escaped(finding.subject)));
  }
  for (auto const& finding : findings) {
    auto const look = look_of(finding.level);
    fmt::print("{}  {}  {}  {}\n", terminal.painted(padded(look.word, 7, false), look.colour),
               padded(finding.check, check_width, false),
               padded(escaped(finding.subject), subject_width, false), escaped(finding.seen));
    if (!finding.hint.empty()) fmt::print("{:9}hint: {}\n", "", escaped(finding.hint));
  }
}

Level worst_of(const Findings& findings) {
  Level worst = Level::kOk;
  for (auto const& finding : findings) worst = std::max(worst, finding.level);
  return worst;
}

void print_json(const Findings& findings) {
  Json list = Json::array();
  for (auto const& finding : findings)
    list.push_back({{"level", look_of(finding.level).word},
                    {"check", finding.check},
                    {"subject", finding.subject},
                    {"seen", finding.seen},
                    {"hint", finding.hint.empty() ? Json(nullptr) : Json(finding.hint)}});
  Json const document = {{"schema", 1},
                         {"kind", "doctor"},
                         {"worst", look_of(worst_of(findings)).word},
                         {"findings", std::move(list)}};
  fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

Status verdict(const Findings& findings) {
  auto const is_fault = [](const Finding& finding) { return finding.level == Level::kFault; };
  auto const faults = std::count_if(findings.begin(), findings.end(), is_fault);
  if (faults == 0) return success();
  auto const& first = *std::find_if(findings.begin(), findings.end(), is_fault);
  return Error{ErrorKind::kCondition, "doctor",
               faults == 1 ? "there is a fault" : fmt::format("there are {} faults", faults),
               first.hint.empty() ? "aegis doctor" : first.hint};
}

}  // namespace

Status cmd_doctor(const Arguments& arguments) {
  agent::StreamOptions options;
  if (auto fit = add_links(arguments, options); !fit) return fit;
  auto const file = state_file(arguments);
  Findings findings;
  auto const loaded = config::load_state(file);
  auto const state = loaded ? *loaded : config::State();
  findings.push_back(loaded ? about(file, state) : fault("state", file.string(), loaded.error()));
  // A file that is named without its folder is in this one.
  add(findings,
      os::judge_host(os::look_at_host(file.has_parent_path() ? file.parent_path() : ".")));
  bool const is_relay = !state.streams.empty();
  bool const is_rig = !state.relays.empty() || !arguments.stream.relays.empty() ||
                      !arguments.stream.keys.empty() || !is_relay;
  if (is_relay) {
    auto listeners = check_relay(arguments);
    if (!listeners) return listeners.error();
    add(findings, std::move(*listeners));
  }
  if (is_rig) add(findings, check_rig(arguments, state, std::move(options)));
  if (arguments.doctor.json) {
    print_json(findings);
  } else {
    print_table(findings);
  }
  return verdict(findings);
}

}  // namespace aegis::cli
