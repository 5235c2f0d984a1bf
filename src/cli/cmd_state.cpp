// `aegis state`: the state file as a whole: is it well, and how it gets to another host.
#include <algorithm>
#include <fstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/hidden_line.hpp"
#include "cli/terminal.hpp"
#include "common/config/private_file.hpp"
#include "common/config/state_check.hpp"
#include "common/config/state_export.hpp"
#include "common/config/state_merge.hpp"
#include "common/os/clock.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr config::PrivateFileRules kPassphraseFile{"passphrase file", 4096, false, true};
constexpr std::size_t kMaxExport = 3'000'000;  // a state of its greatest size, in digits

void print_json(const Json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

Error usage(const char* command, std::string why, std::string hint) {
  return {ErrorKind::kUsage, fmt::format("state {}", command), std::move(why), std::move(hint)};
}

// --- Passphrases -------------------------------------------------------------------------------

Result<crypto::Secret> passphrase_of_file(const std::string& file) {
  auto const content = config::read_private_file(file, kPassphraseFile);
  if (!content) return content.error();
  auto const refuse = [&](const char* why) {
    return Error{
        ErrorKind::kConfiguration, fmt::format("passphrase file {}", config::quoted(file)), why,
        fmt::format("make one: (umask 077; openssl rand -hex 16 > {})", config::quoted(file))};
  };
  if (!content->has_value()) return refuse("there is no such file");
  auto const text = (*content)->expose();
  auto const line = text.substr(0, text.find('\n'));
  if (line.empty()) return refuse("its first line is empty");
  return crypto::Secret(line);
}

Result<crypto::Secret> ask_passphrase(const char* command, const char* prompt) {
  if (::isatty(STDIN_FILENO) == 0)
    return usage(command, "there is no terminal to ask for the passphrase",
                 fmt::format("aegis state {} FILE --passphrase-file FILE", command));
  auto passphrase = hidden_line(prompt);
  if (passphrase.empty())
    return usage(command, "no passphrase was typed", fmt::format("aegis state {} --help", command));
  return passphrase;
}

// For a file that is to be made: asked for twice, for nobody sees what is typed.
Result<crypto::Secret> new_passphrase(const StateArgs& args) {
  auto passphrase = args.passphrase_file.empty() ? ask_passphrase("export", "New passphrase: ")
                                                 : passphrase_of_file(args.passphrase_file);
  if (!passphrase) return passphrase;
  if (passphrase->size() < config::kMinExportPassphrase)
    return usage(
        "export",
        fmt::format("the passphrase has less than {} characters", config::kMinExportPassphrase),
        "four or five words that have nothing to do with each other are a good one");
  if (!args.passphrase_file.empty()) return passphrase;
  auto const again = ask_passphrase("export", "The same again: ");
  if (!again) return again;
  if (!(*passphrase == *again))
    return usage("export", "the two passphrases differ", "aegis state export FILE");
  return passphrase;
}

// --- Export ------------------------------------------------------------------------------------

Json counts(const config::State& state) {
  return {{"identity", !state.identity.empty()},
          {"streams", state.streams.size()},
          {"tenants", state.tenants.size()},
          {"pairings", state.relays.size()},
          {"begun", state.attempts.size()}};
}

Status check_target(const std::filesystem::path& file) {
  if (file.empty()) return usage("export", "the file's name is missing", "aegis state export FILE");
  std::error_code failure;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, failure)))
    return Error{ErrorKind::kUsage, fmt::format("export file {}", config::quoted(file)),
                 "there is a file of this name already", "choose another name"};
  return success();
}

bool is_empty(const config::State& state) {
  return state.identity.empty() && state.streams.empty() && state.tenants.empty() &&
         state.relays.empty() && state.attempts.empty();
}

// --- Import ------------------------------------------------------------------------------------

Result<config::SealedState> read_sealed(const std::filesystem::path& file) {
  if (file.empty()) return usage("import", "the file's name is missing", "aegis state import FILE");
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMaxExport + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.eof() && !stream.good())
    return Error{ErrorKind::kConfiguration, fmt::format("export file {}", config::quoted(file)),
                 "it cannot be read", fmt::format("ls -l {}", config::quoted(file))};
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxExport) text.clear();  // longer than any export is
  return config::read_export(text, file);
}

const char* verb(config::StateChange::Kind kind) {
  switch (kind) {
    case config::StateChange::Kind::kAdded:
      return "added";
    case config::StateChange::Kind::kChanged:
      return "changed";
    case config::StateChange::Kind::kRemoved:
      break;
  }
  return "removed";
}

void print_changes(const StateArgs& args, const std::vector<config::StateChange>& changes,
                   const std::string& kept) {
  if (args.json) {
    Json document{{"schema", 1}, {"dry_run", args.dry_run}, {"changes", Json::array()}};
    for (auto const& change : changes)
      document["changes"].push_back(
          {{"change", verb(change.kind)}, {"kind", change.noun}, {"name", change.name}});
    document["kept"] = kept.empty() ? Json() : Json(kept);
    return print_json(document);
  }
  for (auto const& change : changes)
    fmt::print("{:<8} {}{}{}\n", verb(change.kind), change.noun, change.name.empty() ? "" : " ",
               change.name);
  if (changes.empty()) fmt::print("All of it is here already.\n");
  if (args.dry_run && !changes.empty()) fmt::print("Nothing is changed: --dry-run.\n");
  if (!kept.empty())
    fmt::print("The state of before is kept; when all is well: rm {}\n", config::quoted(kept));
}

// --- Check -------------------------------------------------------------------------------------

void print_report(const std::filesystem::path& file, const config::StateReport& report) {
  auto const& state = report.state;
  if (!report.exists) {
    fmt::print("State file {}: there is none yet\n", config::quoted(file));
  } else if (!report.unusable) {
    fmt::print("State file {}, schema {}\n", config::quoted(file), state.schema);
    for (auto const& [label, count] :
         {std::pair("streams", state.streams.size()), std::pair("tenants", state.tenants.size()),
          std::pair("pairings", state.relays.size()), std::pair("begun", state.attempts.size())})
      fmt::print("  {:<9} {}\n", label, count);
  }
  for (auto const& finding : report.findings)
    fmt::print("{}: {}\n  hint: {}\n", finding.note ? "note" : "warning", escaped(finding.what),
               escaped(finding.hint));
}

void print_report_json(const std::filesystem::path& file, const config::StateReport& report) {
  Json document{{"schema", 1},
                {"file", file.string()},
                {"exists", report.exists},
                {"usable", !report.unusable.has_value()},
                {"state_schema", report.state.schema}};
  if (report.unusable || !report.exists) document["state_schema"] = nullptr;
  document.update(counts(report.state));
  document["findings"] = Json::array();
  auto const add = [&](const char* severity, const std::string& what, const std::string& hint) {
    document["findings"].push_back({{"severity", severity}, {"what", what}, {"hint", hint}});
  };
  if (report.unusable) add("error", report.unusable->why, report.unusable->hint);
  for (auto const& finding : report.findings)
    add(finding.note ? "note" : "warning", finding.what, finding.hint);
  print_json(document);
}

}  // namespace

Status cmd_state_check(const Arguments& arguments) {
  auto const file = std::filesystem::absolute(state_file(arguments));
  auto const report = config::inspect_state(file, os::wall_now());
  if (arguments.state_file.json) {
    print_report_json(file, report);
  } else {
    print_report(file, report);
  }
  if (report.unusable) return *report.unusable;
  auto const first = std::find_if(report.findings.begin(), report.findings.end(),
                                  [](const auto& finding) { return !finding.note; });
  if (first == report.findings.end()) return success();
  return Error{ErrorKind::kCondition, fmt::format("state file {}", config::quoted(file)),
               first->what, first->hint};
}

Status cmd_state_export(const Arguments& arguments) {
  auto const& args = arguments.state_file;
  if (auto const free = check_target(args.file); !free) return free;
  auto state = config::load_state(state_file(arguments));
  if (state && !args.only.empty()) state = config::part_of(*state, args.only);
  if (!state) return state.error();
  if (is_empty(*state))
    return Error{ErrorKind::kConfiguration, "state export", "the state holds nothing",
                 "aegis state check"};
  auto const passphrase = new_passphrase(args);
  if (!passphrase) return passphrase.error();
  auto const text = config::write_export(*state, *passphrase);
  if (!text) return text.error();
  auto const target = std::filesystem::absolute(args.file);
  if (auto put = config::put_private_file(target, *text, "export file"); !put) return put;
  if (args.json) {
    Json document{{"schema", 1}, {"file", target.string()}};
    document.update(counts(*state));
    print_json(document);
  } else {
    fmt::print("{} holds streams: {}, tenants: {}, pairings: {}. Only the passphrase opens it.\n",
               config::quoted(target), state->streams.size(), state->tenants.size(),
               state->relays.size());
  }
  return success();
}

Status cmd_state_import(const Arguments& arguments) {
  auto const& args = arguments.state_file;
  if (args.replace && !args.only.empty())
    return usage("import", "--replace would leave nothing but that one thing",
                 "--only without --replace adds it");
  auto const sealed = read_sealed(args.file);
  if (!sealed) return sealed.error();
  auto const passphrase = args.passphrase_file.empty() ? ask_passphrase("import", "Passphrase: ")
                                                       : passphrase_of_file(args.passphrase_file);
  if (!passphrase) return passphrase.error();
  auto from = config::open_export(*sealed, *passphrase, args.file);
  if (from && !args.only.empty()) from = config::part_of(*from, args.only);
  if (!from) return from.error();
  auto const file = std::filesystem::absolute(state_file(arguments));
  std::error_code unseen;  // the import itself says why
  bool const had_state = std::filesystem::exists(file, unseen);
  auto const changes = config::import_state(file, *from, args.replace, args.dry_run);
  if (!changes) return changes.error();
  bool const kept = had_state && !args.dry_run && !changes->empty();
  print_changes(args, *changes, kept ? file.string() + std::string(config::kBeforeImport) : "");
  return success();
}

}  // namespace aegis::cli
