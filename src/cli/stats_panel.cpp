#include "cli/stats_panel.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include <fmt/core.h>

#include "cli/link_text.hpp"
#include "common/base/units.hpp"

namespace aegis::cli {
namespace {

using namespace figures;

constexpr std::size_t kBar = 16, kEvents = 6;
constexpr std::size_t kLeastCurve = 8, kMostCurve = 30;

// Half a per cent is a lot for a link, so it is told apart from none.
std::string loss_text(const Json& link) {
  auto const loss = number(link, "loss");
  return loss ? fmt::format("{:.1f} %", *loss * 100) : kUnknown;
}

Colour loss_colour(const Json& link) {
  auto const loss = number(link, "loss").value_or(0);
  return loss >= 0.05 ? Colour::kBad : loss >= 0.01 ? Colour::kWarning : Colour::kPlain;
}

double sort_key(const Json& link, LinkOrder order) {
  switch (order) {
    case LinkOrder::kRate:
      return -number(link, "rate_bps").value_or(0);
    case LinkOrder::kRtt:
      return number(link, "rtt_ms").value_or(1e9);
    case LinkOrder::kLoss:
      return -number(link, "loss").value_or(0);
    case LinkOrder::kAsTheyAre:
      break;
  }
  return 0;
}

std::vector<Json> in_order(const Json& links, LinkOrder order) {
  std::vector<Json> sorted(links.begin(), links.end());
  std::stable_sort(sorted.begin(), sorted.end(), [order](const Json& a, const Json& b) {
    return sort_key(a, order) < sort_key(b, order);
  });
  return sorted;
}

// The same scale for all links of a report: curves can be compared.
double highest(const RateHistory& history, const std::vector<std::string>& keys) {
  double most = 0;
  for (auto const& key : keys)
    for (double const rate : history.of(key)) most = std::max(most, rate);
  return most;
}

std::size_t width_of(const std::vector<Line>& lines) {
  std::size_t widest = 0;
  for (auto const& line : lines) {
    std::size_t width = 0;
    for (auto const& span : line) width += columns(span.text);
    widest = std::max(widest, width);
  }
  return widest;
}

// A table with a curve for each row behind its third column, as wide as there is room; without one
// where there is none.
class CurveTable {
 public:
  CurveTable(std::vector<Table::Column> titles, const RateHistory& history, const PanelStyle& style)
      : titles_(std::move(titles)), history_(history), style_(style) {}
  void add(Line cells, std::string key) {
    rows_.push_back(std::move(cells));
    keys_.push_back(std::move(key));
  }

  void append_to(std::vector<Line>& out) const {
    auto lines = drawn(0);
    auto const used = width_of(lines) + 2;
    if (used + kLeastCurve <= style_.width)
      lines = drawn(std::min(style_.width - used, kMostCurve));
    out.insert(out.end(), lines.begin(), lines.end());
  }

 private:
  static constexpr std::ptrdiff_t kCurveAt = 3;

  std::vector<Line> drawn(std::size_t curve) const {
    auto titles = titles_;
    auto const ceiling = highest(history_, keys_);
    if (curve > 0)
      titles.insert(titles.begin() + kCurveAt,
                    {padded("LAST MINUTE", curve, false).substr(0, curve), false});
    Table table(std::move(titles));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      auto cells = rows_[i];
      if (curve > 0)
        cells.insert(cells.begin() + kCurveAt,
                     {sparkline(history_.of(keys_[i]), ceiling, curve, style_.utf8)});
      table.add(std::move(cells));
    }
    std::vector<Line> lines;
    table.append_to(lines);
    return lines;
  }

  std::vector<Table::Column> titles_;
  std::vector<Line> rows_;
  std::vector<std::string> keys_;
  const RateHistory& history_;
  const PanelStyle& style_;
};

// "media      5.80 Mbit/s of 7.20 Mbit/s  [######....]": `used` of `whole`.
void append_gauge(std::string_view name, const std::string& amounts, std::optional<double> used,
                  std::optional<double> whole, const PanelStyle& style, std::vector<Line>& out) {
  Line line{{fmt::format("{:<9} {:<40}", name, amounts)}};
  if (used && whole && *whole > 0) {
    double const part = *used / *whole;
    auto const colour = part > 1.0 ? Colour::kBad : part > 0.8 ? Colour::kWarning : Colour::kGood;
    line.push_back({bar(part, kBar, style.utf8), colour});
    line.push_back({fmt::format(" {:.0f} %", std::min(part, 9.99) * 100)});
  }
  out.push_back(std::move(line));
}

void append_head(std::string name, const Json& report, std::string rest, std::vector<Line>& out) {
  Line head{{std::move(name)}, state(report)};
  if (auto const reason = text(report, "reason"); !reason.empty() && reason != kUnknown)
    head.push_back({fmt::format(" ({})", reason)});
  head.push_back({std::move(rest)});
  out.push_back(std::move(head));
}

void append_rig_gauges(const Json& rig, const PanelStyle& style, std::vector<Line>& out) {
  auto const& input = field(rig, "input");
  auto const& bond = field(rig, "bond");
  auto const& srt = field(rig, "srt");
  append_gauge(
      "media",
      fmt::format("{} of {} deliverable", rate(input, "rate_bps"), rate(bond, "deliverable_bps")),
      number(input, "rate_bps"), number(bond, "deliverable_bps"), style, out);
  append_gauge("latency",
               fmt::format("{} of {} used", milliseconds(srt, "send_buffer_ms"),
                           milliseconds(srt, "latency_ms")),
               number(srt, "send_buffer_ms"), number(srt, "latency_ms"), style, out);
  if (auto const target = number(input, "video_target_bps"))
    append_gauge("video",
                 fmt::format("{} of {}: {}", rate(input, "video_target_bps"),
                             rate(input, "video_max_bps"), text(input, "video_target_reason")),
                 std::nullopt, std::nullopt, style, out);
}

void append_rig_input(const Json& rig, std::vector<Line>& out) {
  auto const& input = field(rig, "input");
  auto const& air = field(input, "on_air");
  if (!air.is_object()) {
    out.push_back({{fmt::format("input     {}", text(input, "spec"))}});
    return;
  }
  bool const slate = is_true(air, "slate");
  Line line{{"on air    "}};
  line.push_back(slate
                     ? Span{fmt::format("slate ({})", text(air, "slate_reason")), Colour::kWarning}
                     : Span{text(air, "input"), Colour::kGood});
  line.push_back({fmt::format("  {}x{}  for {}", count(air, "width"), count(air, "height"),
                              seconds(air, "for_s"))});
  if (is_true(air, "audio_lost")) line.push_back({"  sound lost", Colour::kWarning});
  if (is_true(air, "muted")) line.push_back({"  muted", Colour::kWarning});
  out.push_back(std::move(line));
}

// What has been made good, and what has not.
void append_rig_losses(const Json& rig, std::vector<Line>& out) {
  auto const& bond = field(rig, "bond");
  auto const& srt = field(rig, "srt");
  double const lost = number(bond, "expired_packets").value_or(0) +
                      number(bond, "overflow_packets").value_or(0) +
                      number(srt, "dropped_packets").value_or(0);
  out.push_back(
      {{fmt::format("packets   {} repaired, {} resent, ", count(bond, "repaired_packets"),
                    count(srt, "retransmitted_packets"))},
       {fmt::format("{:.0f} given up", lost), lost > 0 ? Colour::kWarning : Colour::kPlain}});
}

void append_rig_links(const Json& rig, const RateHistory& history, const PanelStyle& style,
                      std::vector<Line>& out) {
  CurveTable links({{"LINK", false},
                    {"STATE", false},
                    {"RATE"},
                    {"RTT"},
                    {"QUEUE"},
                    {"LOSS"},
                    {"SHARE"},
                    {"DATA", false}},
                   history, style);
  for (auto const& link : in_order(list(rig, "links"), style.order))
    links.add({{text(link, "name")},
               state(link),
               {rate(link, "rate_bps")},
               {milliseconds(link, "rtt_ms")},
               {milliseconds(link, "queue_ms")},
               {loss_text(link), loss_colour(link)},
               {percent(link, "share")},
               {data_text(link)}},
              rig_link_key(rig, link));
  links.append_to(out);
}

void append_events(const Json& report, std::vector<Line>& out) {
  auto const& events = list(report, "events");
  if (events.empty()) return;
  out.push_back({});
  auto const first = events.size() > kEvents ? events.size() - kEvents : 0;
  for (std::size_t i = events.size(); i-- > first;) {
    auto const& event = events[i];
    auto const age = static_cast<std::int64_t>(number(event, "age_ms").value_or(0) / 1000);
    auto const reason = text(event, "reason");
    out.push_back(
        {{fmt::format("{:>12} ago  {} ", span_text(age), text(event, "subject")), Colour::kFaint},
         state(event),
         {reason.empty() || reason == kUnknown ? "" : fmt::format(": {}", reason)}});
  }
}

std::vector<Line> rig_panel(const Json& rig, const RateHistory& history, const PanelStyle& style) {
  std::vector<Line> out;
  auto const& aegis = field(field(rig, "bond"), "aegis_relay");
  auto const* const relay = !aegis.is_boolean() ? "" : aegis.get<bool>() ? " (aegis)" : " (stock)";
  append_head(fmt::format("rig {}  ", count(rig, "pid")), rig,
              fmt::format("  to {}{}  up {}", text(rig, "relay"), relay, seconds(rig, "uptime_s")),
              out);
  append_rig_gauges(rig, style, out);
  append_rig_input(rig, out);
  append_rig_losses(rig, out);
  out.push_back({});
  append_rig_links(rig, history, style, out);
  append_events(rig, out);
  return out;
}

std::size_t players_of(const Json& relay, const std::string& stream) {
  auto const& players = list(relay, "players");
  return static_cast<std::size_t>(
      std::count_if(players.begin(), players.end(),
                    [&](const Json& player) { return text(player, "stream") == stream; }));
}

void append_relay_links(const Json& relay, const RateHistory& history, const PanelStyle& style,
                        std::vector<Line>& out) {
  CurveTable links({{"STREAM", false},
                    {"LINK", false},
                    {"RATE"},
                    {"RTT"},
                    {"JITTER"},
                    {"QUEUE"},
                    {"LOSS"},
                    {"SEEN"}},
                   history, style);
  bool any = false;
  for (auto const& group : list(relay, "groups")) {
    auto const& stream = field(group, "stream");
    for (auto const& link : in_order(list(group, "links"), style.order)) {
      any = true;
      links.add({{stream.is_string() ? text(group, "stream")
                                     : fmt::format("group {}", count(group, "id"))},
                 {text(link, "address"), state(link).colour},
                 {rate(link, "rate_bps")},
                 {milliseconds(link, "rtt_ms")},
                 {milliseconds(link, "jitter_ms")},
                 {milliseconds(link, "queueing_ms")},
                 {loss_text(link), loss_colour(link)},
                 {milliseconds(link, "last_seen_ms")}},
                relay_link_key(group, link));
    }
  }
  if (!any) return;
  out.push_back({});
  links.append_to(out);
}

std::vector<Line> relay_panel(const Json& relay, const RateHistory& history,
                              const PanelStyle& style) {
  std::vector<Line> out{{{fmt::format("relay  up {}  {}, {}, {}", seconds(relay, "uptime_s"),
                                      counted(list(relay, "sessions").size(), "session"),
                                      counted(list(relay, "players").size(), "player"),
                                      counted(list(relay, "groups").size(), "bond group"))}}};
  out.push_back({});
  CurveTable sessions({{"SESSION", false},
                       {"STATE", false},
                       {"RATE"},
                       {"VIA", false},
                       {"PLAYERS"},
                       {"LOST"},
                       {"DROPPED"},
                       {"LAST MEDIA"},
                       {"AGE"}},
                      history, style);
  for (auto const& session : list(relay, "sessions"))
    sessions.add({{text(session, "stream")},
                  state(session),
                  {rate(session, "rate_bps")},
                  {text(session, "via")},
                  {std::to_string(players_of(relay, text(session, "stream")))},
                  {count(session, "lost_packets")},
                  {count(session, "dropped_packets")},
                  {milliseconds(session, "last_media_ms")},
                  {seconds(session, "age_s")}},
                 session_key(session));
  sessions.append_to(out);
  append_relay_links(relay, history, style, out);
  append_events(relay, out);
  return out;
}

}  // namespace

std::string_view to_string(LinkOrder order) {
  switch (order) {
    case LinkOrder::kRate:
      return "rate";
    case LinkOrder::kRtt:
      return "rtt";
    case LinkOrder::kLoss:
      return "loss";
    case LinkOrder::kAsTheyAre:
      break;
  }
  return "none";
}

LinkOrder next(LinkOrder order) {
  switch (order) {
    case LinkOrder::kAsTheyAre:
      return LinkOrder::kRate;
    case LinkOrder::kRate:
      return LinkOrder::kRtt;
    case LinkOrder::kRtt:
      return LinkOrder::kLoss;
    case LinkOrder::kLoss:
      break;
  }
  return LinkOrder::kAsTheyAre;
}

std::vector<Line> panel_lines(const Json& report, const RateHistory& history,
                              const PanelStyle& style) {
  return text(report, "kind") == "rig" ? rig_panel(report, history, style)
                                       : relay_panel(report, history, style);
}

}  // namespace aegis::cli
