#include "cli/stats_table.hpp"

#include <fmt/core.h>

#include "cli/link_text.hpp"

namespace aegis::cli {
namespace {

using namespace figures;

// What was asked of the encoder, where there is one.
std::string video_bounds(const Json& input) {
  auto const min = number(input, "video_min_bps"), max = number(input, "video_max_bps");
  if (!min || !max) return "";
  if (*min == *max) return fmt::format(" (video {})", rate(input, "video_max_bps"));
  auto const now = number(input, "video_target_bps")
                       ? fmt::format(", now {}: {}", rate(input, "video_target_bps"),
                                     text(input, "video_target_reason"))
                       : "";
  return fmt::format(" (video {}..{}{})", rate(input, "video_min_bps"),
                     rate(input, "video_max_bps"), now);
}

// What is shown of the inputs; nothing where an input is passed on as it is.
void append_on_air(const Json& air, std::vector<Line>& out) {
  if (!air.is_object()) return;
  Line line{{"on air "}};
  bool const slate = is_true(air, "slate");
  line.push_back(slate ? Span{"slate", Colour::kWarning} : Span{text(air, "input"), Colour::kGood});
  auto const size = fmt::format("{}x{}", count(air, "width"), count(air, "height"));
  line.push_back(
      {fmt::format("  {} {}/s  for {}", size, count(air, "frames_per_s"), seconds(air, "for_s"))});
  if (is_true(air, "audio_lost")) line.push_back({"  sound lost", Colour::kWarning});
  out.push_back(std::move(line));
  for (auto const& input : list(air, "inputs")) {
    auto const trouble = text(input, "trouble");
    if (list(air, "inputs").size() < 2 && trouble.empty()) continue;
    out.push_back({{fmt::format("  {} ", text(input, "spec"))},
                   state(input),
                   {trouble.empty() ? "" : fmt::format("  {}", trouble)}});
  }
}

void append_rig_head(const Json& report, std::vector<Line>& out) {
  Line head{{fmt::format("rig {}  ", count(report, "pid"))}, state(report)};
  if (auto const reason = text(report, "reason"); !reason.empty() && reason != kUnknown)
    head.push_back({fmt::format(" ({})", reason)});
  head.push_back(
      {fmt::format("  to {}  up {}", text(report, "relay"), seconds(report, "uptime_s"))});
  out.push_back(std::move(head));
  auto const& input = field(report, "input");
  out.push_back({{fmt::format("input {}  {}{}  last media {} ago", text(input, "spec"),
                              rate(input, "rate_bps"), video_bounds(input),
                              milliseconds(input, "last_media_ms"))}});
  append_on_air(field(input, "on_air"), out);
  auto const& srt = field(report, "srt");
  out.push_back({{"srt "},
                 state(srt),
                 {fmt::format("  rtt {}  buffered {} of {}  resent {}  dropped {}",
                              milliseconds(srt, "rtt_ms"), milliseconds(srt, "send_buffer_ms"),
                              milliseconds(srt, "latency_ms"), count(srt, "retransmitted_packets"),
                              count(srt, "dropped_packets"))}});
}

// What is spoken with the relay.
std::string protocol(const Json& bond) {
  auto const& aegis = field(bond, "aegis_relay");
  if (!aegis.is_boolean()) return kUnknown;
  if (is_true(bond, "proved")) return "paired aegis relay";
  return aegis.get<bool>() ? "aegis relay" : "stock SRTLA relay";
}

std::vector<Line> rig_lines(const Json& report) {
  std::vector<Line> out;
  append_rig_head(report, out);
  out.push_back({});
  Table links({{"LINK", false},
               {"STATE", false},
               {"ADDRESS", false},
               {"RATE"},
               {"SHARE"},
               {"RTT"},
               {"MIN RTT"},
               {"QUEUE"},
               {"ESTIMATE"},
               {"SENT"},
               {"RESENT"},
               {"LOST"},
               {"DATA"},
               {"SET", false}});
  for (auto const& link : list(report, "links"))
    links.add({{text(link, "name")},
               state(link),
               {text(link, "address")},
               {rate(link, "rate_bps")},
               {percent(link, "share")},
               {milliseconds(link, "rtt_ms")},
               {milliseconds(link, "min_rtt_ms")},
               {milliseconds(link, "queue_ms")},
               {rate(link, "estimate_bps")},
               {count(link, "sent_packets")},
               {count(link, "retransmitted_packets")},
               {count(link, "lost_packets")},
               {data_text(link)},
               {settings_text(link)}});
  links.append_to(out);
  auto const& bond = field(report, "bond");
  out.push_back({});
  out.push_back({{fmt::format("forecast: {} can be delivered in time; {} behind",
                              rate(bond, "deliverable_bps"), milliseconds(bond, "backlog_ms"))}});
  out.push_back({{fmt::format(
      "bond: {}; {} repaired; {} queued for {}; never sent: {} expired, {} overflowed, {} without "
      "a link",
      protocol(bond), count(bond, "repaired_packets"), count(bond, "queued_packets"),
      milliseconds(bond, "queue_age_ms"), count(bond, "expired_packets"),
      count(bond, "overflow_packets"), count(bond, "unroutable_packets"))}});
  return out;
}

void append_groups(const Json& report, std::vector<Line>& out) {
  Table groups({{"GROUP"},
                {"STREAM", false},
                {"DEVICE", false},
                {"AGE"},
                {"PACKETS"},
                {"DUPLICATE"},
                {"RESENT"},
                {"LATE"},
                {"REFUSED"},
                {"NAKS IN"},
                {"NAKS OUT"},
                {"WITHHELD"},
                {"HELD"},
                {"HOLD"},
                {"LATENCY"}});
  Table links({{"GROUP"},
               {"LINK"},
               {"ADDRESS", false},
               {"STATE", false},
               {"RATE"},
               {"RTT"},
               {"PACKETS"},
               {"DUPLICATE"},
               {"RESENT"},
               {"LAST SEEN"}});
  for (auto const& group : list(report, "groups")) {
    groups.add({{count(group, "id")},
                {text(group, "stream")},
                {text(group, "device")},
                {seconds(group, "age_s")},
                {count(group, "data_packets")},
                {count(group, "duplicate_packets")},
                {count(group, "retransmitted_packets")},
                {count(group, "late_packets")},
                {count(group, "srt_refused")},
                {count(group, "naks_from_srt")},
                {count(group, "naks_forwarded")},
                {count(group, "nak_entries_withheld")},
                {count(group, "held_packets")},
                {milliseconds(group, "hold_limit_ms")},
                {milliseconds(group, "latency_ms")}});
    for (auto const& link : list(group, "links"))
      links.add({{count(group, "id")},
                 {count(link, "id")},
                 {text(link, "address")},
                 state(link),
                 {rate(link, "rate_bps")},
                 {milliseconds(link, "rtt_ms")},
                 {count(link, "packets")},
                 {count(link, "duplicate_packets")},
                 {count(link, "retransmitted_packets")},
                 {milliseconds(link, "last_seen_ms")}});
  }
  groups.append_to(out);
  out.push_back({});
  links.append_to(out);
}

void append_sessions(const Json& report, std::vector<Line>& out) {
  Table sessions({{"SESSION", false},
                  {"STATE", false},
                  {"VIA", false},
                  {"GROUP"},
                  {"AGE"},
                  {"RATE"},
                  {"RTT"},
                  {"LATENCY"},
                  {"RECEIVED"},
                  {"LOST"},
                  {"DROPPED"},
                  {"LAST MEDIA"}});
  for (auto const& session : list(report, "sessions"))
    sessions.add({{text(session, "stream")},
                  state(session),
                  {text(session, "via")},
                  {count(session, "group")},
                  {seconds(session, "age_s")},
                  {rate(session, "rate_bps")},
                  {milliseconds(session, "rtt_ms")},
                  {milliseconds(session, "latency_ms")},
                  {count(session, "received_packets")},
                  {count(session, "lost_packets")},
                  {count(session, "dropped_packets")},
                  {milliseconds(session, "last_media_ms")}});
  sessions.append_to(out);
}

void append_players(const Json& report, std::vector<Line>& out) {
  Table players({{"PLAYER OF", false},
                 {"ADDRESS", false},
                 {"AGE"},
                 {"RATE"},
                 {"RTT"},
                 {"LATENCY"},
                 {"DROPPED"},
                 {"RESENT"}});
  for (auto const& player : list(report, "players"))
    players.add({{text(player, "stream")},
                 {text(player, "address")},
                 {seconds(player, "age_s")},
                 {rate(player, "rate_bps")},
                 {milliseconds(player, "rtt_ms")},
                 {milliseconds(player, "latency_ms")},
                 {count(player, "dropped_packets")},
                 {count(player, "retransmitted_packets")}});
  players.append_to(out);
}

std::vector<Line> relay_lines(const Json& report) {
  std::vector<Line> out{{{fmt::format("relay  up {}  {}, {}, {}", seconds(report, "uptime_s"),
                                      counted(list(report, "groups").size(), "group"),
                                      counted(list(report, "sessions").size(), "session"),
                                      counted(list(report, "players").size(), "player"))}}};
  out.push_back({});
  append_groups(report, out);
  out.push_back({});
  append_sessions(report, out);
  out.push_back({});
  append_players(report, out);
  return out;
}

}  // namespace

std::vector<Line> stats_lines(const Json& report) {
  return text(report, "kind") == "rig" ? rig_lines(report) : relay_lines(report);
}

}  // namespace aegis::cli
