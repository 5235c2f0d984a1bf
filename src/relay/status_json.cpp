#include "relay/status_json.hpp"

#include <map>

#include "common/base/version.hpp"

namespace aegis::relay {
namespace {

using nlohmann::json;

// Unknown is null, never zero.
template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

std::int64_t milliseconds(Duration duration) {
  return std::chrono::round<std::chrono::milliseconds>(duration).count();
}
std::int64_t seconds(Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}
json since_ms(const std::optional<Time>& then, Time now) {
  return then ? json(milliseconds(now - *then)) : json(nullptr);
}
json rate_json(const std::optional<BitRate>& rate) {
  return rate ? json(rate->bits_per_second()) : json(nullptr);
}

// A link is called live while it delivers, or answers keepalives, as often as stock senders do.
constexpr Duration kLinkLive = 4s;

json link_json(std::size_t id, const bond::ReceiverLinkFigures& link, Time now) {
  auto const in_ms = [](const std::optional<Duration>& duration) {
    return duration ? json(to_milliseconds(*duration)) : json(nullptr);
  };
  auto const rtt = rtt_of(link);
  return {{"id", id},
          {"address", masked(link.address)},
          {"state", now - link.last_heard < kLinkLive ? "live" : "idle"},
          {"rate_bps", link.rate.bits_per_second()},
          {"slot", link.slot},
          {"packets", link.packets},
          {"bytes", link.bytes},
          {"duplicate_packets", link.duplicate_packets},
          {"retransmitted_packets", link.retransmitted_packets},
          {"last_seen_ms", milliseconds(now - link.last_heard)},
          {"rtt_ms", rtt ? json(milliseconds(*rtt)) : json(nullptr)},
          {"jitter_ms", in_ms(link.jitter)},
          {"queueing_ms", in_ms(link.queueing)},
          {"loss", or_null(link.loss)}};
}

// The stream that the group's rig is paired for.
json device_json(const bond::GroupFigures& group, const Access* access) {
  auto const* stream =
      group.device && access != nullptr ? access->stream_of(*group.device) : nullptr;
  return stream == nullptr ? json(nullptr) : json(*stream);
}

json group_json(const bond::GroupFigures& group, const std::optional<std::string>& stream,
                const Access* access, Time now) {
  json links = json::array();
  for (std::size_t i = 0; i < group.links.size(); ++i)
    links.push_back(link_json(i, group.links[i], now));
  return {{"id", group.id.value},
          {"stream", or_null(stream)},
          {"device", device_json(group, access)},
          {"age_s", seconds(now - group.created)},
          {"links", std::move(links)},
          {"data_packets", group.data_packets},
          {"duplicate_packets", group.duplicate_packets},
          {"retransmitted_packets", group.retransmitted_packets},
          {"late_packets", group.late_packets},
          {"gaps_shown", group.gaps_shown},
          {"srt_refused", group.srt_refused},
          {"stray_packets", group.stray_packets},
          {"answers_withheld", group.answers_withheld},
          {"naks_from_srt", group.naks_from_srt},
          {"naks_forwarded", group.naks_forwarded},
          {"nak_entries_withheld", group.nak_entries_withheld},
          {"held_packets", group.held_packets},
          {"hold_limit_ms", milliseconds(group.hold_limit)},
          {"latency_ms", group.latency ? json(milliseconds(*group.latency)) : json(nullptr)}};
}

json session_json(const SessionFigures& session, Time now) {
  auto const& srt = session.srt;
  auto const figure = [&](auto&& of) { return srt ? json(of(*srt)) : json(nullptr); };
  std::optional<std::uint32_t> group;
  if (session.group) group = session.group->value;
  return {{"stream", session.stream},
          {"state", session::to_string(session.state)},
          {"via", session.bonded ? "srtla" : "srt"},
          {"group", or_null(group)},
          {"age_s", seconds(now - session.started)},
          {"resumes", session.resumes},
          {"grace_left_ms",
           session.grace_ends ? json(milliseconds(*session.grace_ends - now)) : json(nullptr)},
          {"rate_bps", rate_json(session.rate)},
          {"rtt_ms", figure([](auto const& s) { return to_milliseconds(s.rtt); })},
          {"latency_ms", figure([](auto const& s) { return milliseconds(s.latency); })},
          {"received_packets", figure([](auto const& s) { return s.packets_received; })},
          {"lost_packets", figure([](auto const& s) { return s.packets_lost; })},
          {"dropped_packets", figure([](auto const& s) { return s.packets_dropped; })},
          {"retransmitted_packets",
           figure([](auto const& s) { return s.packets_received_retransmitted; })},
          {"last_media_ms", since_ms(session.last_media, now)}};
}

json player_json(const PlayerFigures& player, Time now) {
  auto const& srt = player.srt;
  auto const figure = [&](auto&& of) { return srt ? json(of(*srt)) : json(nullptr); };
  auto const lapped = static_cast<std::int64_t>(player.lapped_packets);
  return {
      {"id", player.id.value},
      {"stream", player.stream},
      {"address", masked(player.address)},
      {"age_s", seconds(now - player.started)},
      {"rate_bps", rate_json(player.rate)},
      {"rtt_ms", figure([](auto const& s) { return to_milliseconds(s.rtt); })},
      {"latency_ms", figure([](auto const& s) { return milliseconds(s.send_latency); })},
      {"dropped_packets", figure([&](auto const& s) { return lapped + s.packets_send_dropped; })},
      {"retransmitted_packets", figure([](auto const& s) { return s.packets_retransmitted; })}};
}

void add_bond(json& status, const FiguresView& view,
              const std::map<std::uint32_t, std::string>& streams) {
  for (auto const& group : view.bond->receiver.groups) {
    auto const known = streams.find(group.id.value);
    status["groups"].push_back(
        group_json(group, known == streams.end() ? std::nullopt : std::optional(known->second),
                   view.access.get(), view.now));
  }
}

void add_bond_totals(json& counters, const BondFigures& bond) {
  counters["bond_datagrams"] = bond.datagrams_in;
  counters["bond_reg1"] = bond.receiver.reg1_received;
  counters["bond_reg2"] = bond.receiver.reg2_received;
  counters["bond_groups_made"] = bond.receiver.groups_made;
  counters["bond_registrations_refused"] = bond.receiver.reg_refused;
  counters["bond_rate_limited"] = bond.receiver.rate_limited;
  counters["bond_unproved"] = bond.receiver.unproved;
  counters["bond_clocks_refused"] = bond.receiver.clocks_refused;
  counters["bond_unknown_sources"] = bond.receiver.unknown_sources;
  counters["bond_junk"] = bond.receiver.junk;
  counters["bond_oversized_datagrams"] = bond.oversized_datagrams;
  counters["bond_denied_datagrams"] = bond.denied_datagrams;
  counters["bond_link_send_drops"] = bond.link_send_drops;
  counters["bond_srt_send_drops"] = bond.srt_send_drops;
  counters["bond_group_sockets_failed"] = bond.group_sockets_failed;
  counters["bond_socket_errors"] = bond.socket_errors;
}

void add_media(json& status, const MediaFigures& media, Time now) {
  for (auto const& session : media.sessions)
    status["sessions"].push_back(session_json(session, now));
  for (auto const& player : media.players) status["players"].push_back(player_json(player, now));
}

void add_media_totals(json& counters, const MediaFigures& media) {
  counters["sessions_started"] = media.sessions_started;
  counters["sessions_resumed"] = media.sessions_resumed;
  std::uint64_t ended = 0;
  for (std::size_t i = 0; i < media.sessions_ended.size(); ++i) {
    ended += media.sessions_ended[i];
    auto const* why = session::name_of(static_cast<session::End>(i));
    counters[std::string("sessions_ended_") + why] = media.sessions_ended[i];
  }
  counters["sessions_ended"] = ended;
  counters["players_started"] = media.players_started;
  counters["players_ended"] = media.players_ended;
  counters["media_packets_in"] = media.packets_in;
  counters["media_packets_out"] = media.packets_out;
  counters["player_lapped_packets"] = media.lapped_packets;
}

void add_refusals(json& counters, const Gate& gate) {
  for (auto const& [refusal, name] : kRefusalNames)
    counters[std::string("refused_") + name] = gate.refusals(refusal);
}

}  // namespace

json status_json(const FiguresView& view) {
  json status{{"schema", 1},
              {"kind", "relay"},
              {"version", version()},
              {"uptime_s", seconds(view.now - view.started)},
              {"groups", json::array()},
              {"sessions", json::array()},
              {"players", json::array()},
              {"counters", json::object()}};
  std::map<std::uint32_t, std::string> streams;
  if (view.media) {
    for (auto const& session : view.media->sessions)
      if (session.group) streams[session.group->value] = session.stream;
    add_media(status, *view.media, view.now);
  }
  if (view.bond) add_bond(status, view, streams);
  if (!view.totals) return status;
  auto& counters = status["counters"];
  if (view.media) add_media_totals(counters, *view.media);
  if (view.bond) add_bond_totals(counters, *view.bond);
  if (view.gate != nullptr) add_refusals(counters, *view.gate);
  if (view.recording) {
    counters["recording_files"] = view.recording->files;
    counters["recording_bytes"] = view.recording->bytes;
    counters["recording_dropped_bytes"] = view.recording->dropped_bytes;
  }
  return status;
}

}  // namespace aegis::relay
