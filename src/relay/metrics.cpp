#include "relay/metrics.hpp"

#include <map>

#include "common/base/version.hpp"

namespace aegis::relay {
namespace {

using Kind = Exposition::Kind;
using Labels = Exposition::Labels;

std::optional<double> seconds(const std::optional<Duration>& duration) {
  return duration ? std::optional(to_seconds(*duration)) : std::nullopt;
}
// Prometheus counts in bytes.
std::optional<double> bytes_per_second(const std::optional<BitRate>& rate) {
  if (!rate) return std::nullopt;
  return static_cast<double>(rate->bits_per_second()) / 8;
}
std::uint64_t to_count(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

class Writer {
 public:
  Writer(const FiguresView& view, Exposition::Form form) : view_(view), out_(form) {}

  std::string write() && {
    write_program();
    if (view_.media) write_media();
    if (view_.gate != nullptr) write_refusals();
    if (view_.totals && view_.recording) write_recording(*view_.recording);
    if (view_.bond) write_bond();
    return std::move(out_).finish();
  }

 private:
  // Fixed for each instant: what is computed from a clock at each scrape would seem to move.
  WallTime wall(Time then) const { return view_.started_wall + (then - view_.started); }
  double unix_seconds(Time then) const { return to_seconds(wall(then).time_since_epoch()); }

  void total(std::string_view name, std::uint64_t value, std::string_view help) {
    out_.family(name, Kind::kCounter, "", help);
    out_.count({}, value, view_.started_wall);
  }

  void write_program() {
    out_.family("aegis_build", Kind::kInfo, "", "The version that runs.");
    out_.sample({{"version", version()}}, 1);
    out_.family("process_start_time_seconds", Kind::kGauge, "seconds",
                "When the relay started, in Unix time.");
    out_.sample({}, unix_seconds(view_.started));
  }

  void write_media() {
    if (view_.totals) write_media_totals();
    std::map<std::string_view, double> players;
    for (auto const& session : view_.media->sessions) players[session.stream] = 0;
    for (auto const& player : view_.media->players) ++players[player.stream];
    out_.family("aegis_relay_players", Kind::kGauge, "", "Players that are connected.");
    for (auto const& [stream, count] : players) out_.sample({{"stream", stream}}, count);
    write_session_gauges();
    write_session_counters();
  }

  void write_media_totals() {
    auto const& media = *view_.media;
    total("aegis_relay_sessions_started", media.sessions_started, "Publications that began.");
    total("aegis_relay_sessions_resumed", media.sessions_resumed,
          "Connections that went on with a publication.");
    out_.family("aegis_relay_sessions_ended", Kind::kCounter, "", "Publications that ended.");
    for (std::size_t i = 0; i < media.sessions_ended.size(); ++i)
      out_.count({{"reason", session::name_of(static_cast<session::End>(i))}},
                 media.sessions_ended[i], view_.started_wall);
    total("aegis_relay_players_started", media.players_started, "Players that came.");
    total("aegis_relay_players_ended", media.players_ended, "Players that went.");
    total("aegis_relay_media_packets_received", media.packets_in, "From all publishers.");
    total("aegis_relay_media_packets_sent", media.packets_out, "To all players.");
    total("aegis_relay_player_lapped_packets", media.lapped_packets,
          "Lost by players that were too slow.");
  }

  template <typename Value>
  void session_gauge(std::string_view name, std::string_view unit, std::string_view help,
                     Value value) {
    out_.family(name, Kind::kGauge, unit, help);
    for (auto const& session : view_.media->sessions)
      out_.sample({{"stream", session.stream}}, value(session));
  }
  template <typename Value>
  void session_srt_gauge(std::string_view name, std::string_view help, Value value) {
    session_gauge(name, "seconds", help, [&](const SessionFigures& session) {
      return session.srt ? std::optional(to_seconds(value(*session.srt))) : std::nullopt;
    });
  }
  template <typename Value>
  void session_counter(std::string_view name, std::string_view unit, std::string_view help,
                       Value value) {
    out_.family(name, Kind::kCounter, unit, help);
    for (auto const& session : view_.media->sessions)
      if (session.srt)
        out_.count({{"stream", session.stream}}, to_count(value(*session.srt)),
                   wall(session.connected.value_or(session.started)));
  }

  void write_session_gauges() {
    session_gauge("aegis_relay_session_live", "", "1 while media flows, 0 while it does not.",
                  [](auto const& s) { return s.state == session::State::kLive ? 1.0 : 0.0; });
    session_gauge("aegis_relay_session_start_time_seconds", "seconds",
                  "When the publisher first connected, in Unix time.",
                  [this](auto const& s) { return unix_seconds(s.started); });
    session_gauge("aegis_relay_session_last_media_time_seconds", "seconds",
                  "When its last packet came, in Unix time.", [this](auto const& s) {
                    return s.last_media ? std::optional(unix_seconds(*s.last_media)) : std::nullopt;
                  });
    session_gauge("aegis_relay_session_rate_bytes_per_second", "bytes_per_second",
                  "Media over about the last second.",
                  [](auto const& s) { return bytes_per_second(s.rate); });
    session_srt_gauge("aegis_relay_session_rtt_seconds", "SRT's round-trip time.",
                      [](auto const& s) { return s.rtt; });
    session_srt_gauge("aegis_relay_session_latency_seconds", "SRT's agreed latency.",
                      [](auto const& s) { return s.latency; });
    session_srt_gauge("aegis_relay_session_buffer_seconds", "Media in SRT's receive buffer.",
                      [](auto const& s) { return s.receive_buffer; });
  }

  void write_session_counters() {
    session_counter("aegis_relay_session_received_bytes", "bytes", "SRT's, with headers.",
                    [](auto const& s) { return s.bytes_received.count(); });
    session_counter("aegis_relay_session_received_packets", "", "Without retransmissions.",
                    [](auto const& s) { return s.packets_received; });
    session_counter("aegis_relay_session_lost_packets", "", "That SRT missed, at first.",
                    [](auto const& s) { return s.packets_lost; });
    session_counter("aegis_relay_session_dropped_packets", "", "That never came in time.",
                    [](auto const& s) { return s.packets_dropped; });
    session_counter("aegis_relay_session_retransmitted_packets", "", "That came again.",
                    [](auto const& s) { return s.packets_received_retransmitted; });
  }

  void write_recording(const RecordingFigures& recording) {
    total("aegis_relay_recording_files", recording.files, "Files that recordings began.");
    total("aegis_relay_recording_written_bytes", recording.bytes, "Recorded.");
    total("aegis_relay_recording_dropped_bytes", recording.dropped_bytes,
          "Not recorded: the disk was too full, too slow or failed.");
  }

  void write_refusals() {
    out_.family("aegis_relay_callers_refused", Kind::kCounter, "", "SRT callers turned away.");
    for (auto const& [refusal, name] : kRefusalNames)
      out_.count({{"reason", name}}, view_.gate->refusals(refusal), view_.started_wall);
  }

  void write_bond() {
    if (view_.totals) write_bond_totals();
    find_named_groups();
    write_groups();
    write_links();
  }

  void write_bond_totals() {
    auto const& bond = *view_.bond;
    auto const& receiver = bond.receiver;
    total("aegis_relay_bond_datagrams", bond.datagrams_in, "That came on the SRTLA port.");
    total("aegis_relay_bond_junk_datagrams", receiver.junk, "Neither SRTLA nor SRT.");
    total("aegis_relay_bond_denied_datagrams", bond.denied_datagrams,
          "From networks that may not call.");
    total("aegis_relay_bond_oversized_datagrams", bond.oversized_datagrams, "Too long for either.");
    total("aegis_relay_bond_unknown_source_datagrams", receiver.unknown_sources,
          "Of addresses that have no link.");
    total("aegis_relay_bond_rate_limited_datagrams", receiver.rate_limited,
          "Beyond what one source may ask.");
    total("aegis_relay_bond_unproved_frames", receiver.unproved,
          "That do not prove what they claim, or have to.");
    total("aegis_relay_bond_clocks_refused", receiver.clocks_refused,
          "Registrations of paired rigs whose clock is too far from ours.");
    total("aegis_relay_bond_groups_made", receiver.groups_made, "Groups of links that formed.");
    total("aegis_relay_bond_registrations_refused", receiver.reg_refused, "Of links or groups.");
    total("aegis_relay_bond_link_send_drops", bond.link_send_drops,
          "Datagrams that the kernel would not send to a link.");
    total("aegis_relay_bond_srt_send_drops", bond.srt_send_drops,
          "Datagrams that the kernel would not send to the SRT server.");
    out_.family("aegis_relay_bond_groups", Kind::kGauge, "", "Groups that there are.");
    out_.sample({}, static_cast<double>(receiver.groups.size()));
  }

  struct Named {
    std::string_view stream;
    const bond::GroupFigures* group;
  };
  void find_named_groups() {
    if (view_.media == nullptr) return;
    for (auto const& group : view_.bond->receiver.groups)
      for (auto const& session : view_.media->sessions)
        if (session.group == group.id) named_.push_back({session.stream, &group});
  }

  template <typename Value>
  void group_counter(std::string_view name, std::string_view help, Value value) {
    out_.family(name, Kind::kCounter, "", help);
    for (auto const& [stream, group] : named_)
      out_.count({{"stream", stream}}, value(*group), wall(group->created));
  }
  void write_groups() {
    group_counter("aegis_relay_bond_data_packets", "Over all links, with every copy.",
                  [](auto const& g) { return g.data_packets; });
    group_counter("aegis_relay_bond_duplicate_packets", "That had come before.",
                  [](auto const& g) { return g.duplicate_packets; });
    group_counter("aegis_relay_bond_retransmitted_packets", "That were sent again.",
                  [](auto const& g) { return g.retransmitted_packets; });
    group_counter("aegis_relay_bond_late_packets", "That a later one had overtaken for good.",
                  [](auto const& g) { return g.late_packets; });
    group_counter("aegis_relay_bond_withheld_requests",
                  "Packets that SRT asked for before they could be lost.",
                  [](auto const& g) { return g.nak_entries_withheld; });
    out_.family("aegis_relay_bond_held_packets", Kind::kGauge, "", "That wait for earlier ones.");
    for (auto const& [stream, group] : named_)
      out_.sample({{"stream", stream}}, static_cast<double>(group->held_packets));
  }

  template <typename Each>
  void each_link(std::string_view name, Kind kind, std::string_view unit, std::string_view help,
                 Each each) {
    out_.family(name, kind, unit, help);
    for (auto const& [stream, group] : named_) {
      for (auto const& link : group->links) {
        auto const slot = std::to_string(link.slot);
        each(Labels{{"stream", stream}, {"link", slot}}, link);
      }
    }
  }
  template <typename Value>
  void link_gauge(std::string_view name, std::string_view unit, std::string_view help,
                  Value value) {
    each_link(name, Kind::kGauge, unit, help,
              [&](const Labels& labels, auto const& link) { out_.sample(labels, value(link)); });
  }
  template <typename Value>
  void link_counter(std::string_view name, std::string_view unit, std::string_view help,
                    Value value) {
    each_link(name, Kind::kCounter, unit, help, [&](const Labels& labels, auto const& link) {
      out_.count(labels, value(link), wall(link.joined));
    });
  }
  void write_links() {
    link_gauge("aegis_relay_link_last_heard_time_seconds", "seconds",
               "When anything came over the link, in Unix time.",
               [this](auto const& l) { return unix_seconds(l.last_heard); });
    link_gauge("aegis_relay_link_rate_bytes_per_second", "bytes_per_second",
               "Over about the last second.",
               [](auto const& l) { return bytes_per_second(l.rate); });
    link_gauge("aegis_relay_link_rtt_seconds", "seconds", "As the sender measured it.",
               [](auto const& l) { return seconds(rtt_of(l)); });
    link_gauge("aegis_relay_link_jitter_seconds", "seconds", "Of arrivals, as RFC 3550 counts it.",
               [](auto const& l) { return seconds(l.jitter); });
    link_gauge("aegis_relay_link_queueing_seconds", "seconds",
               "Delay beyond the least of the last seconds.",
               [](auto const& l) { return seconds(l.queueing); });
    link_gauge("aegis_relay_link_loss_ratio", "ratio", "Lost on the link in the last second.",
               [](auto const& l) { return l.loss; });
    link_counter("aegis_relay_link_received_bytes", "bytes", "SRT datagrams.",
                 [](auto const& l) { return l.bytes; });
    link_counter("aegis_relay_link_received_packets", "", "SRT datagrams.",
                 [](auto const& l) { return l.packets; });
    link_counter("aegis_relay_link_duplicate_packets", "", "That had come before.",
                 [](auto const& l) { return l.duplicate_packets; });
    link_counter("aegis_relay_link_retransmitted_packets", "", "That were sent again.",
                 [](auto const& l) { return l.retransmitted_packets; });
  }

  const FiguresView& view_;
  Exposition out_;
  std::vector<Named> named_;
};

}  // namespace

std::string metrics_text(const FiguresView& view, Exposition::Form form) {
  return Writer(view, form).write();
}

}  // namespace aegis::relay
