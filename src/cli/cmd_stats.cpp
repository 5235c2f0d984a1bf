// `aegis stats`: reports fetched, and shown once or every second.
#include <algorithm>
#include <cstdio>
#include <future>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/stats_condition.hpp"
#include "cli/stats_prometheus.hpp"
#include "cli/stats_source.hpp"
#include "cli/stats_table.hpp"
#include "cli/stats_watch.hpp"
#include "cli/terminal.hpp"
#include "common/config/key_file.hpp"
#include "common/os/clock.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr Duration kPeriod = 1s;

// Who is asked.
struct Question {
  std::vector<StatsTarget> named;
  LocalRelay relay;
  http::Access access;
};

// Without a TARGET, whatever runs here is asked; that nothing listens at the usual places is no
// error of any of them. All are asked at once: one that is slow holds up no other.
StatsRound ask_all(const Question& question) {
  bool const named = !question.named.empty();
  auto const targets = named ? question.named : local_stats_targets(question.relay);
  std::vector<std::future<Result<Json>>> answers;
  for (auto const& target : targets)
    answers.push_back(std::async(
        std::launch::async, [&question, &target] { return fetch_stats(target, question.access); }));
  StatsRound round;
  for (auto& answer : answers) {
    auto report = answer.get();
    if (report) {
      round.reports.push_back(std::move(*report));
    } else if (named || report.error().kind != ErrorKind::kUnreachable) {
      round.errors.push_back(report.error());
    }
  }
  return round;
}

Error nothing_runs() {
  return {
      ErrorKind::kUnreachable, "stats", "no agent and no relay of this user runs here",
      "start one, `aegis relay serve` or `aegis stream`, or name it: aegis stats http://HOST:PORT"};
}

// Of targets that were named each has to answer.
Status status_of(const StatsRound& round, bool named) {
  if (!round.errors.empty() && (named || round.reports.empty())) return round.errors.front();
  return round.reports.empty() ? Status(nothing_runs()) : success();
}

// How it is shown.
struct Form {
  bool json = false, prometheus = false, watch = false;
  bool one = false;  // a single target was named
};

// One document: the named target's report itself, else a list of all of them.
std::string json_text(const StatsRound& round, bool one, int indent) {
  auto const dump = [&](const Json& document) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
  };
  if (one && !round.reports.empty()) return dump(round.reports.front());
  return dump(Json{{"schema", 1}, {"kind", "list"}, {"reports", round.reports}});
}

std::string table_text(const StatsRound& round, const Terminal& terminal) {
  std::vector<Line> lines;
  for (auto const& report : round.reports) {
    if (!lines.empty()) lines.insert(lines.end(), 2, Line{});
    for (auto& line : stats_lines(report)) lines.push_back(std::move(line));
  }
  // Only a terminal cuts lines off; a file or a pager keeps them whole.
  auto const width = terminal.is_tty() ? terminal.width() : std::string::npos;
  std::string out;
  for (auto const& line : lines) out += render(line, width, terminal) + "\n";
  return out;
}

void print_round(const StatsRound& round, Form form, const Terminal& terminal) {
  if (form.prometheus) return fmt::print("{}", rig_exposition(round.reports));
  fmt::print("{}", form.json ? json_text(round, form.one, form.watch ? -1 : 2)
                             : table_text(round, terminal));
}

void print_next(const StatsRound& round, Form form, const Terminal& terminal) {
  for (auto const& error : round.errors) print_error(error);
  if (round.errors.empty() && round.reports.empty()) print_error(nothing_runs());
  if (!round.reports.empty()) print_round(round, form, terminal);
  if (!form.json) fmt::print("\n");
}

Status told(const std::string& found) {
  if (found.empty()) return success();
  return Error{ErrorKind::kCondition, "stats", found, "aegis stats --watch shows what goes on"};
}

// Until a signal ends the process, nobody reads any more, or a condition holds.
Status watch(const Question& question, Form form, StatsRound round,
             std::vector<Condition> conditions) {
  Terminal const terminal(STDOUT_FILENO);
  if (terminal.is_screen() && !form.json)
    return told(watch_on_screen([&question] { return ask_all(question); }, std::move(round),
                                std::move(conditions), terminal));
  for (auto next = os::now();; round = ask_all(question)) {
    print_next(round, form, terminal);
    if (std::fflush(stdout) != 0) return success();
    if (auto const found = first_that_holds(conditions, round, os::now()); !found.empty())
      return told(found);
    next = std::max(next + kPeriod, os::now());
    std::this_thread::sleep_for(next - os::now());
  }
}

// Looks as often as it takes to know: a condition that has to be true for a while is looked at
// until it is not, or has been.
Status judge(const Question& question, StatsRound round, std::vector<Condition> conditions) {
  while (true) {
    if (auto const all = status_of(round, !question.named.empty()); !all) return all;
    auto const found = first_that_holds(conditions, round, os::now());
    bool const pending =
        std::any_of(conditions.begin(), conditions.end(),
                    [](const Condition& condition) { return condition.is_pending(); });
    if (!found.empty() || !pending) return told(found);
    std::this_thread::sleep_for(kPeriod);
    round = ask_all(question);
  }
}

// A key that one relay gave is for no other.
Status check_key(const Question& question, const StatsArgs& args) {
  auto const relays = std::count_if(
      question.named.begin(), question.named.end(),
      [](const StatsTarget& target) { return target.kind == StatsTarget::Kind::kRelay; });
  if (args.api_key.empty() || relays < 2) return success();
  return Error{ErrorKind::kUsage, "--api-key", "one key would be shown to several relays",
               "ask each relay by itself: aegis stats URL --api-key FILE"};
}

// Where aegis.toml has the relay of this host serve its figures, and what it asks for there.
Result<Question> read_question(const Arguments& arguments) {
  auto const& args = arguments.stats;
  Question question;
  for (auto const& text : args.targets) {
    auto target = parse_stats_target(text);
    if (!target) return target.error();
    question.named.push_back(std::move(*target));
  }
  if (auto fit = check_key(question, args); !fit) return fit.error();
  auto relay = parse_host_port(arguments.relay.http, 0);
  if (!relay) return bad_option(arguments, "http", relay.error());
  if (relay->host.empty()) relay->host = "127.0.0.1";
  question.relay = {std::move(*relay), !arguments.relay.tls_cert.empty()};
  // The key of this host's relay is shown to no other.
  auto const& key_file =
      args.api_key.empty() && question.named.empty() ? arguments.relay.api_key : args.api_key;
  if (!key_file.empty()) {
    auto key = config::load_key_file(key_file, "API key file");
    if (!key) return key.error();
    question.access.bearer = std::move(*key);
  }
  question.access.ca = args.ca;
  return question;
}

Result<std::vector<Condition>> read_conditions(const std::vector<std::string>& texts) {
  std::vector<Condition> conditions;
  for (auto const& text : texts) {
    auto condition = Condition::parse(text);
    if (!condition) return condition.error();
    conditions.push_back(std::move(*condition));
  }
  return conditions;
}

Status check_form(const StatsArgs& args) {
  auto const refuse = [](const char* what, const char* with) {
    return Error{ErrorKind::kUsage, fmt::format("--{}", what),
                 fmt::format("it does not go with --{}", with), "aegis stats --help"};
  };
  if (args.once && args.watch) return refuse("once", "watch");
  if (args.prometheus && args.watch) return refuse("prometheus", "watch");
  if (args.prometheus && args.json) return refuse("prometheus", "json");
  return success();
}

// Relays have metrics of their own, with more in them.
Status only_rigs(const StatsRound& round, bool named) {
  for (auto const& report : round.reports)
    if (report["kind"] != "rig" && named)
      return Error{ErrorKind::kUsage, "--prometheus", "a relay serves its own metrics",
                   "curl http://HOST:PORT/metrics"};
  return success();
}

}  // namespace

Status cmd_stats(const Arguments& arguments) {
  auto const& args = arguments.stats;
  if (auto fit = check_form(args); !fit) return fit;
  auto const question = read_question(arguments);
  if (!question) return question.error();
  auto conditions = read_conditions(args.fail_if);
  if (!conditions) return conditions.error();
  bool const named = !question->named.empty();
  auto round = ask_all(*question);
  if (args.prometheus) {
    if (auto fit = only_rigs(round, named); !fit) return fit;
    std::erase_if(round.reports, [](const Json& report) { return report["kind"] != "rig"; });
  }
  if (round.reports.empty()) return status_of(round, named);
  Form const form{args.json, args.prometheus, args.watch, question->named.size() == 1};
  if (args.watch) return watch(*question, form, std::move(round), std::move(*conditions));
  // A script that asks for a verdict gets nothing else, unless it asks for that, too.
  if (conditions->empty() || args.json || args.once || args.prometheus)
    print_round(round, form, Terminal(STDOUT_FILENO));
  return judge(*question, std::move(round), std::move(*conditions));
}

}  // namespace aegis::cli
