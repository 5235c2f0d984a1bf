// `aegis stats`: reports fetched, and shown once or every second.
#include <cstdio>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/stats_source.hpp"
#include "cli/stats_table.hpp"
#include "cli/terminal.hpp"
#include "common/config/key_file.hpp"
#include "common/os/clock.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr Duration kPeriod = 1s;

// What one round of asking brought.
struct Round {
  std::vector<Json> reports;
  std::vector<Error> errors;  // of targets that are there but did not answer well
};

// Who is asked.
struct Question {
  std::optional<StatsTarget> named;
  LocalRelay relay;
  http::Access access;
};

// Without a TARGET, whatever runs here is asked; that nothing listens at the usual places is no
// error of any of them.
Round ask_all(const Question& question) {
  Round round;
  auto const& named = question.named;
  auto const targets = named ? std::vector{*named} : local_stats_targets(question.relay);
  for (auto const& target : targets) {
    auto report = fetch_stats(target, question.access);
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

Status status_of(const Round& round) {
  if (!round.reports.empty()) return success();
  return round.errors.empty() ? nothing_runs() : round.errors.front();
}

// One document: the named target's report itself, else a list of all of them.
std::string json_text(const Round& round, bool named, int indent) {
  auto const dump = [&](const Json& document) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
  };
  if (named) return dump(round.reports.front());
  return dump(Json{{"schema", 1}, {"kind", "list"}, {"reports", round.reports}});
}

std::vector<Line> all_lines(const Round& round) {
  std::vector<Line> lines;
  for (auto const& report : round.reports) {
    if (!lines.empty()) lines.insert(lines.end(), 2, Line{});
    for (auto& line : stats_lines(report)) lines.push_back(std::move(line));
  }
  for (auto const& error : round.errors)
    lines.push_back({{escaped(error.what + ": " + error.why), Colour::kBad}});
  return lines;
}

std::string table_text(const std::vector<Line>& lines, const Terminal& terminal) {
  // Only a terminal cuts lines off; a file or a pager keeps them whole.
  auto const width = terminal.is_tty() ? terminal.width() : std::string::npos;
  std::string out;
  for (auto const& line : lines) out += render(line, width, terminal) + "\n";
  return out;
}

// The whole picture in one write, over the last one, each line cleared behind its end: no flicker.
std::string frame(std::vector<Line> lines, const Terminal& terminal) {
  auto const rows = terminal.height() - 1;
  if (lines.size() > rows) lines.resize(rows);
  std::string out = "\033[H";
  for (auto const& line : lines) out += render(line, terminal.width(), terminal) + "\033[K\n";
  return out + "\033[J";
}

void print_round(const Round& round, bool named, bool json, const Terminal& terminal) {
  fmt::print("{}", json ? json_text(round, named, 2) : table_text(all_lines(round), terminal));
}

void draw_round(const Round& round, bool named, bool json, const Terminal& terminal) {
  if (json) {
    for (auto const& error : round.errors) print_error(error);
    if (!round.reports.empty()) fmt::print("{}", json_text(round, named, -1));
    return;
  }
  auto lines = all_lines(round);
  if (lines.empty()) lines.push_back({{"waiting for an agent or a relay to run here"}});
  fmt::print("{}", terminal.is_tty() ? frame(std::move(lines), terminal)
                                     : table_text(lines, terminal) + "\n");
}

// Until a signal ends the process, or nobody reads any more.
Status watch(const Question& question, bool json, Round round) {
  Terminal const terminal(STDOUT_FILENO);
  if (terminal.is_tty() && !json) fmt::print("\033[2J");
  for (auto next = os::now();; round = ask_all(question)) {
    draw_round(round, question.named.has_value(), json, terminal);
    if (std::fflush(stdout) != 0) return success();
    next = std::max(next + kPeriod, os::now());
    std::this_thread::sleep_for(next - os::now());
  }
}

// Where aegis.toml has the relay of this host serve its figures, and what it asks for there.
Result<Question> read_question(const Arguments& arguments) {
  auto const& args = arguments.stats;
  Question question;
  if (!args.target.empty()) {
    auto target = parse_stats_target(args.target);
    if (!target) return target.error();
    question.named = std::move(*target);
  }
  auto relay = parse_host_port(arguments.relay.http, 0);
  if (!relay) return bad_option(arguments, "http", relay.error());
  if (relay->host.empty()) relay->host = "127.0.0.1";
  question.relay = {std::move(*relay), !arguments.relay.tls_cert.empty()};
  // The key of this host's relay is shown to no other.
  auto const& key_file =
      args.api_key.empty() && !question.named ? arguments.relay.api_key : args.api_key;
  if (!key_file.empty()) {
    auto key = config::load_key_file(key_file, "API key file");
    if (!key) return key.error();
    question.access.bearer = std::move(*key);
  }
  question.access.ca = args.ca;
  return question;
}

}  // namespace

Status cmd_stats(const Arguments& arguments) {
  auto const& args = arguments.stats;
  auto const question = read_question(arguments);
  if (!question) return question.error();
  auto round = ask_all(*question);
  if (auto any = status_of(round); !any) return any;
  if (args.watch) return watch(*question, args.json, std::move(round));
  print_round(round, question->named.has_value(), args.json, Terminal(STDOUT_FILENO));
  return success();
}

}  // namespace aegis::cli
