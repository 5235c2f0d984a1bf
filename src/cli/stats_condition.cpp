#include "cli/stats_condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/core.h>

#include "cli/stats_format.hpp"
#include "common/base/units.hpp"

namespace aegis::cli {
namespace {

using namespace figures;

enum class Unit { kRate, kPart, kTime, kCount, kWord };

// One value of a report, and of what.
struct Found {
  std::string of;
  std::optional<double> value;
  std::string word = {};
};

using Gather = std::vector<Found> (*)(const Json& report);

bool is_rig(const Json& report) {
  return figures::text(report, "kind") == "rig";
}

// A member of each link, which rigs and relays may call differently.
template <typename Visit>
void each_link(const Json& report, Visit visit) {
  for (auto const& link : list(report, "links")) visit(link, figures::text(link, "name"));
  for (auto const& group : list(report, "groups"))
    for (auto const& link : list(group, "links"))
      visit(link,
            fmt::format("{} of group {}", figures::text(link, "address"), count(group, "id")));
}

std::vector<Found> of_links(const Json& report, const char* rig_key, const char* relay_key) {
  std::vector<Found> found;
  auto const* const key = is_rig(report) ? rig_key : relay_key;
  each_link(report, [&](const Json& link, const std::string& name) {
    found.push_back({name, number(link, key)});
  });
  return found;
}

// The stream's of a rig, or each session's of a relay.
std::vector<Found> of_streams(const Json& report, const char* part, const char* rig_key,
                              const char* relay_key) {
  if (is_rig(report)) return {{"the rig", number(field(report, part), rig_key)}};
  std::vector<Found> found;
  for (auto const& session : list(report, "sessions"))
    found.push_back({figures::text(session, "stream"), number(session, relay_key)});
  return found;
}

std::vector<Found> size_of(const Json& report, const char* key) {
  if (!field(report, key).is_array()) return {};
  return {{"the relay", static_cast<double>(list(report, key).size())}};
}

std::vector<Found> live_links(const Json& report) {
  auto const live = [](const Json& links) {
    return static_cast<double>(std::count_if(links.begin(), links.end(), [](const Json& link) {
      return figures::text(link, "state") == "live";
    }));
  };
  if (is_rig(report)) return {{"the rig", live(list(report, "links"))}};
  std::vector<Found> found;
  for (auto const& group : list(report, "groups"))
    found.push_back({fmt::format("group {}", count(group, "id")), live(list(group, "links"))});
  return found;
}

std::vector<Found> states(const Json& report) {
  if (is_rig(report)) return {{"the rig", std::nullopt, figures::text(report, "state")}};
  std::vector<Found> found;
  for (auto const& session : list(report, "sessions"))
    found.push_back(
        {figures::text(session, "stream"), std::nullopt, figures::text(session, "state")});
  return found;
}

struct Figure {
  std::string_view name;
  Unit unit;
  Gather gather;
};

constexpr std::array<Figure, 12> kFigures{{
    {"state", Unit::kWord, states},
    {"rate", Unit::kRate,
     [](const Json& report) { return of_streams(report, "input", "rate_bps", "rate_bps"); }},
    {"forecast", Unit::kRate,
     [](const Json& report) { return of_streams(report, "bond", "deliverable_bps", ""); }},
    {"loss", Unit::kPart, [](const Json& report) { return of_links(report, "loss", "loss"); }},
    {"rtt", Unit::kTime, [](const Json& report) { return of_links(report, "rtt_ms", "rtt_ms"); }},
    {"queue", Unit::kTime,
     [](const Json& report) { return of_links(report, "queue_ms", "queueing_ms"); }},
    {"buffered", Unit::kTime,
     [](const Json& report) { return of_streams(report, "srt", "send_buffer_ms", ""); }},
    {"silence", Unit::kTime,
     [](const Json& report) {
       return of_streams(report, "input", "last_media_ms", "last_media_ms");
     }},
    {"links", Unit::kCount, live_links},
    {"sessions", Unit::kCount, [](const Json& report) { return size_of(report, "sessions"); }},
    {"players", Unit::kCount, [](const Json& report) { return size_of(report, "players"); }},
    {"groups", Unit::kCount, [](const Json& report) { return size_of(report, "groups"); }},
}};

const Figure* find_figure(std::string_view name) {
  auto const* const found = std::find_if(kFigures.begin(), kFigures.end(),
                                         [&](const Figure& entry) { return entry.name == name; });
  return found == kFigures.end() ? nullptr : found;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const whole = code == std::errc() && end == text.data() + text.size();
  return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_value(std::string_view text, Unit unit) {
  switch (unit) {
    case Unit::kRate: {
      auto const rate = parse_bit_rate(text);
      return rate ? std::optional(static_cast<double>(rate->bits_per_second())) : std::nullopt;
    }
    case Unit::kTime: {
      auto const time = parse_duration(text);
      return time ? std::optional(to_milliseconds(*time)) : std::nullopt;
    }
    case Unit::kPart: {
      if (!text.ends_with('%')) return std::nullopt;
      auto const percent = plain_number(trimmed(text.substr(0, text.size() - 1)));
      return percent ? std::optional(*percent / 100) : std::nullopt;
    }
    case Unit::kCount:
      return plain_number(text);
    case Unit::kWord:
      break;
  }
  return std::nullopt;
}

std::string shown(const Found& found, Unit unit) {
  switch (unit) {
    case Unit::kRate:
      return to_string(BitRate(static_cast<std::int64_t>(*found.value)));
    case Unit::kTime:
      return fmt::format("{:.0f} ms", *found.value);
    case Unit::kPart:
      return fmt::format("{:.1f} %", *found.value * 100);
    case Unit::kCount:
      return fmt::format("{:.0f}", *found.value);
    case Unit::kWord:
      break;
  }
  return found.word;
}

Error unusable(std::string_view text, std::string why) {
  return {ErrorKind::kUsage, fmt::format("condition '{}'", text), std::move(why),
          "aegis stats --fail-if 'loss>1% for 10s'"};
}

}  // namespace

std::string condition_names() {
  std::string names;
  for (auto const& figure : kFigures)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", figure.name);
  return names;
}

Result<Condition> Condition::parse(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Op>, 6> kOps{{{"<=", Op::kLessEqual},
                                                                 {">=", Op::kMoreEqual},
                                                                 {"!=", Op::kNotEqual},
                                                                 {"<", Op::kLess},
                                                                 {">", Op::kMore},
                                                                 {"=", Op::kEqual}}};
  Condition condition;
  condition.text_ = text;
  auto const at = text.find_first_of("<>=!");
  if (at == std::string_view::npos) return unusable(text, "it compares nothing");
  auto rest = text.substr(at);
  auto const* const op = std::find_if(
      kOps.begin(), kOps.end(), [&](auto const& entry) { return rest.starts_with(entry.first); });
  if (op == kOps.end()) return unusable(text, "it compares nothing");
  condition.op_ = op->second;
  condition.figure_ = trimmed(text.substr(0, at));
  auto const* const figure = find_figure(condition.figure_);
  if (figure == nullptr)
    return unusable(text, fmt::format("'{}' is none of {}", condition.figure_, condition_names()));
  rest.remove_prefix(op->first.size());
  if (auto const mark = rest.find(" for "); mark != std::string_view::npos) {
    auto const span = parse_duration(trimmed(rest.substr(mark + 5)));
    if (!span) return unusable(text, span.error().why);
    condition.span_ = *span;
    rest = rest.substr(0, mark);
  }
  rest = trimmed(rest);
  if (figure->unit == Unit::kWord) {
    bool const equality = condition.op_ == Op::kEqual || condition.op_ == Op::kNotEqual;
    if (!equality || rest.empty()) return unusable(text, "a state is compared by = and !=");
    condition.word_ = rest;
    return condition;
  }
  auto const value = parse_value(rest, figure->unit);
  if (!value) return unusable(text, fmt::format("'{}' is no value for {}", rest, figure->name));
  condition.value_ = *value;
  return condition;
}

bool Condition::holds(double found) const {
  switch (op_) {
    case Op::kLess:
      return found < value_;
    case Op::kLessEqual:
      return found <= value_;
    case Op::kMore:
      return found > value_;
    case Op::kMoreEqual:
      return found >= value_;
    case Op::kEqual:
      return found == value_;
    case Op::kNotEqual:
      break;
  }
  return found != value_;
}

std::optional<std::string> Condition::look(const std::vector<Json>& reports, Time now) {
  auto const& figure = *find_figure(figure_);
  std::optional<std::string> what;
  for (auto const& report : reports) {
    for (auto const& found : figure.gather(report)) {
      bool const word = figure.unit == Unit::kWord;
      bool const is =
          word ? (found.word == word_) == (op_ == Op::kEqual) : found.value && holds(*found.value);
      if (is && !what)
        what = fmt::format("{} of {} is {}", figure.name, found.of, shown(found, figure.unit));
    }
  }
  if (!what) {
    since_.reset();
    return std::nullopt;
  }
  if (!since_) since_ = now;
  return now - *since_ >= span_ ? what : std::nullopt;
}

}  // namespace aegis::cli
