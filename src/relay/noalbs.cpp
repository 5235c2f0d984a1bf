#include "relay/noalbs.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace aegis::relay {
namespace {

using nlohmann::json;

// The readers' integer types are narrow, and a number beyond them reads as "offline".
template <typename Int>
json fitting(std::int64_t value) {
  return std::clamp<std::int64_t>(value, std::numeric_limits<Int>::min(),
                                  std::numeric_limits<Int>::max());
}
std::int64_t kilobits(BitRate rate) {
  return rate.bits_per_second() / 1000;
}
std::int64_t milliseconds(Duration duration) {
  return duration / 1ms;
}
std::int64_t seconds(Duration duration) {
  return duration / 1s;
}

// The stream's session, once everything that these forms must have is known.
const SessionFigures* measured_session(const FiguresView& view, std::string_view stream) {
  if (!view.media) return nullptr;
  for (auto const& session : view.media->sessions)
    if (session.stream == stream && session.srt && session.rate && session.last_media)
      return &session;
  return nullptr;
}

const bond::GroupFigures* group_of(const FiguresView& view, const SessionFigures& session) {
  if (!view.bond || !session.group) return nullptr;
  for (auto const& group : view.bond->receiver.groups)
    if (group.id == *session.group) return &group;
  return nullptr;
}

void add_peers(json& publisher, const bond::GroupFigures& group, Time now) {
  BitRate throughput;
  auto& peers = publisher["peers"] = json::array();
  for (auto const& link : group.links) {
    throughput = throughput + link.rate;
    auto const rtt = rtt_of(link);
    if (!rtt) continue;  // the readers want it of every peer
    json peer{{"connection_id", link.slot},
              {"bitrate", fitting<std::uint32_t>(kilobits(link.rate))},
              {"rtt", to_milliseconds(*rtt)},
              {"uptime", seconds(now - link.joined)}};
    if (link.jitter) peer["jitter"] = to_milliseconds(*link.jitter);
    peers.push_back(std::move(peer));
  }
  publisher["throughput"] = fitting<std::uint32_t>(kilobits(throughput));
}

}  // namespace

json openirl_json(const FiguresView& view, std::string_view stream) {
  json answer{{"status", "ok"}};
  auto const* session = measured_session(view, stream);
  if (session == nullptr) return answer;
  auto const& srt = *session->srt;
  auto& publisher =
      answer["publisher"] = {{"bitrate", fitting<std::uint32_t>(kilobits(*session->rate))},
                             {"buffer", fitting<std::uint32_t>(milliseconds(srt.receive_buffer))},
                             {"dropped_pkts", srt.packets_dropped},
                             {"rtt", to_milliseconds(srt.rtt)},
                             {"uptime", seconds(view.now - session->started)},
                             {"latency", fitting<std::uint16_t>(milliseconds(srt.latency))}};
  if (auto const* group = group_of(view, *session)) add_peers(publisher, *group, view.now);
  return answer;
}

json sls_json(const FiguresView& view, std::string_view stream, std::string_view id) {
  json answer{{"status", "ok"}, {"publishers", json::object()}};
  auto const* session = measured_session(view, stream);
  if (session == nullptr) return answer;
  auto const& srt = *session->srt;
  answer["publishers"][std::string(id)] = {
      {"bitrate", kilobits(*session->rate)},
      {"bytesRcvDrop", srt.bytes_dropped.count()},
      {"bytesRcvLoss", srt.bytes_lost.count()},
      {"mbpsBandwidth", srt.bandwidth.megabits_per_second()},
      {"mbpsRecvRate", session->rate->megabits_per_second()},
      {"msRcvBuf", fitting<std::int32_t>(milliseconds(srt.receive_buffer))},
      {"pktRcvDrop", fitting<std::int32_t>(srt.packets_dropped)},
      {"pktRcvLoss", fitting<std::int32_t>(srt.packets_lost)},
      {"rtt", to_milliseconds(srt.rtt)},
      {"uptime", seconds(view.now - session->started)},
      {"dropped_pkts", fitting<std::int32_t>(srt.packets_dropped)}};
  return answer;
}

}  // namespace aegis::relay
