#include "agent/rig_status.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/base/version.hpp"

namespace aegis::agent {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t milliseconds(Duration span) {
  return span / 1ms;
}

Json milliseconds_or_null(const std::optional<Duration>& span) {
  return span ? Json(milliseconds(*span)) : Json(nullptr);
}

// To a tenth: on a local network a round trip takes less than one.
Json tenths_or_null(const std::optional<Duration>& span) {
  if (!span) return nullptr;
  auto const tenths = span->count() / 100;
  return static_cast<double>(tenths) / 10.0;
}

Json rate_or_null(const std::optional<BitRate>& rate) {
  return rate ? Json(rate->bits_per_second()) : Json(nullptr);
}

BitRate total_rate(const BondStatus& bond) {
  BitRate total;
  for (auto const& link : bond.links) total = total + link.figures.send_rate;
  return total;
}

Json on_air_json(const media::OnAir& air) {
  Json inputs = Json::array();
  for (auto const& input : air.inputs)
    inputs.push_back({{"spec", input.name},
                      {"kind", input.kind},
                      {"state", input.state},
                      {"trouble", input.trouble}});
  auto const& format = air.format;
  return {{"slate", !air.shown.has_value()},
          {"slate_reason", air.slate_reason},
          {"input", air.shown ? Json(air.inputs[*air.shown].name) : Json(nullptr)},
          {"wanted", air.wanted ? Json(air.inputs[*air.wanted].name) : Json(nullptr)},
          {"muted", air.muted},
          {"for_s", air.shown_for / 1s},
          {"width", format.width},
          {"height", format.height},
          {"frames_per_s", static_cast<double>(format.fps_num) / format.fps_den},
          {"input_frames", air.counts.shown},
          {"slate_frames", air.counts.slate},
          {"skipped_frames", air.counts.skipped},
          {"audio_lost", air.sound_lost},
          {"audio_lost_ms", milliseconds(air.sound_lost_for)},
          {"audio_gaps", air.sound_gaps},
          {"inputs", std::move(inputs)}};
}

Json input_json(const RigStatus& status) {
  auto const& target = status.video_target;
  return {
      {"spec", status.input},
      {"kind", status.input_kind},
      {"on_air", status.on_air ? on_air_json(*status.on_air) : Json(nullptr)},
      {"video_min_bps",
       status.video_rate ? Json(status.video_rate->min.bits_per_second()) : Json(nullptr)},
      {"video_max_bps",
       status.video_rate ? Json(status.video_rate->max.bits_per_second()) : Json(nullptr)},
      {"video_target_bps", target ? Json(target->target.bits_per_second()) : Json(nullptr)},
      {"video_target_reason", target ? Json(control::to_string(target->reason)) : Json(nullptr)},
      {"rate_bps", rate_or_null(status.input_rate)},
      {"last_media_ms", milliseconds_or_null(status.last_media)},
      {"dropped_chunks", status.media_dropped}};
}

Json srt_json(const SrtUplinkStatus& srt) {
  Json json = {{"state", control::to_string(srt.phase)},
               {"rtt_ms", nullptr},
               {"send_buffer_ms", nullptr},
               {"retransmitted_packets", nullptr},
               {"dropped_packets", nullptr},
               {"latency_ms", nullptr},
               {"connections", srt.connections}};
  if (srt.stats) {
    json["rtt_ms"] = tenths_or_null(srt.stats->rtt);
    json["send_buffer_ms"] = milliseconds(srt.stats->send_buffer);
    json["retransmitted_packets"] = srt.stats->packets_retransmitted;
    json["dropped_packets"] = srt.stats->packets_send_dropped;
    json["latency_ms"] = milliseconds(srt.stats->latency);
  }
  return json;
}

Json data_json(const LinkStatus& link) {
  auto const& cap = link.settings.data;
  return {{"day_bytes", link.used_in_day.count()},
          {"month_bytes", link.used_in_month.count()},
          {"cap_bytes", cap ? Json(cap->amount.count()) : Json(nullptr)},
          {"cap_period", cap ? Json(to_string(cap->period)) : Json(nullptr)}};
}

Json link_json(const LinkStatus& link, BitRate total) {
  auto const& figures = link.figures;
  auto const bps = figures.send_rate.bits_per_second();
  double const share = total.bits_per_second() > 0
                           ? static_cast<double>(bps) / static_cast<double>(total.bits_per_second())
                           : 0.0;
  bool const estimated = figures.delivery_estimate.bits_per_second() > 0;
  return {{"id", figures.id.value},
          {"name", link.name},
          {"address", address_to_string(link.address)},
          {"state", link_state(link)},
          {"trouble", link.trouble},
          {"off_reason", link.off_reason},
          {"settings", to_text(link.settings)},
          {"weight", link.settings.weight},
          {"priority", link.settings.priority},
          {"rate_cap_bps", rate_or_null(link.settings.cap)},
          {"data", data_json(link)},
          {"rate_bps", bps},
          {"rtt_ms", tenths_or_null(figures.rtt)},
          {"min_rtt_ms", tenths_or_null(figures.min_rtt)},
          {"queue_ms", milliseconds(figures.queueing)},
          {"estimate_bps",
           estimated ? Json(figures.delivery_estimate.bits_per_second()) : Json(nullptr)},
          {"in_flight_bytes", figures.in_flight.count()},
          {"cap_bytes", figures.in_flight_cap.count()},
          {"sent_packets", figures.sent_packets},
          {"sent_bytes", figures.sent_bytes},
          {"retransmitted_packets", figures.retransmitted_packets},
          {"lost_packets", figures.nak_packets},
          {"share", share},
          {"loss", link.loss ? Json(*link.loss) : Json(nullptr)}};
}

// Nothing is known of it until media has flowed.
Json deliverable(const bond::SenderFigures& figures) {
  bool const known = figures.registered && figures.data_packets_in > 0;
  return known ? Json(figures.deliverable.bits_per_second()) : Json(nullptr);
}

Json bond_json(const RigStatus& status) {
  auto const& bond = status.bond;
  auto const& figures = bond.figures;
  return {{"aegis_relay", figures.registered ? Json(figures.aegis_peer) : Json(nullptr)},
          {"proved", status.paired ? Json(figures.registered) : Json(nullptr)},
          {"unproved_answers", figures.unproved_answers},
          {"clock_off_ms", milliseconds_or_null(figures.clock_refusal)},
          {"repaired_packets", figures.repaired_packets},
          {"deliverable_bps", deliverable(figures)},
          {"backlog_ms", milliseconds(figures.backlog)},
          {"queued_packets", figures.queued_packets},
          {"queue_age_ms", milliseconds(figures.queue_age)},
          {"expired_packets", figures.expired_packets},
          {"overflow_packets", figures.overflow_packets},
          {"unroutable_packets", figures.unroutable_packets},
          {"kernel_drops", bond.kernel_drops}};
}

Json events_json(const std::vector<RigStatus::Event>& events) {
  Json list = Json::array();
  for (auto const& event : events)
    list.push_back({{"age_ms", milliseconds(event.age)},
                    {"subject", event.subject.name},
                    {"state", event.subject.state},
                    {"reason", event.subject.why}});
  return list;
}

}  // namespace

const char* link_state(const LinkStatus& link) {
  if (!link.off_reason.empty()) return "off";
  // Switched on an instant ago.
  if (link.open && link.figures.state == bond::LinkState::kOff) return "connecting";
  return link.open ? bond::to_string(link.figures.state) : "down";
}

std::string to_json(const RigStatus& status) {
  Json json = {{"schema", 1},
               {"kind", "rig"},
               {"version", std::string(version())},
               {"pid", ::getpid()},
               {"uptime_s", status.uptime / 1s},
               {"state", control::to_string(status.verdict.state)},
               {"reason", status.verdict.reason},
               {"relay", status.relay},
               {"input", input_json(status)},
               {"srt", srt_json(status.srt)}};
  BitRate const total = total_rate(status.bond);
  json["links"] = Json::array();
  for (auto const& link : status.bond.links) json["links"].push_back(link_json(link, total));
  json["bond"] = bond_json(status);
  json["events"] = events_json(status.events);
  // Names of files and interfaces may hold any bytes.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string link_answer(const RigStatus& status, const std::string& name) {
  Json json = {{"schema", 1}, {"kind", "link"}, {"name", name}, {"link", nullptr}};
  for (auto const& link : status.bond.links)
    if (link.name == name) json["link"] = link_json(link, total_rate(status.bond));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string forecast_line(const BondStatus& bond) {
  return Json{{"schema", 1},
              {"kind", "forecast"},
              {"deliverable_bps", deliverable(bond.figures)},
              {"backlog_ms", milliseconds(bond.figures.backlog)}}
      .dump();
}

std::string error_answer(const Error& error) {
  Json const json = {{"schema", 1},
                     {"error", fmt::format("{}: {}", error.what, error.why)},
                     {"usage", error.kind == ErrorKind::kUsage},
                     {"hint", error.hint}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_line(const RigStatus& status) {
  std::string line = control::to_string(status.verdict.state);
  if (!status.verdict.reason.empty()) line += ": " + status.verdict.reason;
  if (status.input_rate) line += fmt::format("  in {}", to_string(*status.input_rate));
  for (auto const& link : status.bond.links) {
    line += fmt::format("  {} ", link.name);
    if (!link.open || link.figures.state != bond::LinkState::kLive) {
      line += link_state(link);
      continue;
    }
    line += fmt::format("{:.2f} Mbit/s", link.figures.send_rate.megabits_per_second());
    if (link.figures.rtt) line += fmt::format(" {} ms", milliseconds(*link.figures.rtt));
  }
  return line;
}

}  // namespace aegis::agent
