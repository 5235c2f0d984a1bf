#include "cli/stats_prometheus.hpp"

#include <algorithm>
#include <functional>

#include "cli/stats_format.hpp"
#include "common/base/exposition.hpp"

namespace aegis::cli {
namespace {

using namespace figures;
using Kind = Exposition::Kind;

std::optional<double> scaled(const Json& object, const char* key, double factor) {
  auto const value = number(object, key);
  return value ? std::optional(*value * factor) : std::nullopt;
}
constexpr double kMilli = 1e-3, kBitsToBytes = 1.0 / 8;

class Writer {
 public:
  explicit Writer(const std::vector<Json>& rigs) : rigs_(rigs) {}

  std::string write() && {
    write_stream();
    write_bond();
    write_links();
    write_link_counters();
    return std::move(out_).finish();
  }

 private:
  using Value = std::function<std::optional<double>(const Json&)>;

  // What stays the same when the rig is started again; of two that would be the same, not.
  std::string name_of(const Json& rig) const {
    auto const relay = text(rig, "relay");
    auto const same = std::count_if(rigs_.begin(), rigs_.end(), [&](const Json& other) {
      return text(other, "relay") == relay;
    });
    return same < 2 ? relay : relay + "#" + count(rig, "pid");
  }

  void rig_gauge(std::string_view name, std::string_view unit, std::string_view help,
                 const Value& value) {
    out_.family(name, Kind::kGauge, unit, help);
    for (auto const& rig : rigs_) out_.sample({{"rig", name_of(rig)}}, value(rig));
  }
  void rig_counter(std::string_view name, std::string_view help, const char* part,
                   const char* key) {
    out_.family(name, Kind::kCounter, "", help);
    for (auto const& rig : rigs_) out_.count({{"rig", name_of(rig)}}, whole(field(rig, part), key));
  }
  void link_family(std::string_view name, Kind kind, std::string_view unit, std::string_view help,
                   const Value& value) {
    out_.family(name, kind, unit, help);
    for (auto const& rig : rigs_) {
      auto const rig_name = name_of(rig);
      for (auto const& link : list(rig, "links")) {
        auto const link_name = text(link, "name");
        Exposition::Labels const labels{{"rig", rig_name}, {"link", link_name}};
        if (kind == Kind::kCounter) {
          auto const counted = value(link);
          out_.count(labels,
                     counted ? std::optional(static_cast<std::uint64_t>(*counted)) : std::nullopt);
        } else {
          out_.sample(labels, value(link));
        }
      }
    }
  }
  static std::optional<std::uint64_t> whole(const Json& object, const char* key) {
    auto const value = number(object, key);
    return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
  }

  void write_stream() {
    out_.family("aegis_rig_state", Kind::kGauge, "", "1 for the state that the rig is in.");
    for (auto const& rig : rigs_)
      out_.sample({{"rig", name_of(rig)}, {"state", text(rig, "state")}}, 1);
    rig_gauge("aegis_rig_uptime_seconds", "seconds", "Since the rig was started.",
              [](const Json& rig) { return number(rig, "uptime_s"); });
    rig_gauge(
        "aegis_rig_media_bytes_per_second", "bytes_per_second", "What the input gives.",
        [](const Json& rig) { return scaled(field(rig, "input"), "rate_bps", kBitsToBytes); });
    rig_gauge("aegis_rig_media_silence_seconds", "seconds", "Since the input gave anything.",
              [](const Json& rig) { return scaled(field(rig, "input"), "last_media_ms", kMilli); });
    rig_gauge("aegis_rig_video_target_bytes_per_second", "bytes_per_second",
              "What the encoder is asked to make.", [](const Json& rig) {
                return scaled(field(rig, "input"), "video_target_bps", kBitsToBytes);
              });
    rig_gauge("aegis_rig_srt_buffered_seconds", "seconds", "Media that SRT has not got through.",
              [](const Json& rig) { return scaled(field(rig, "srt"), "send_buffer_ms", kMilli); });
    rig_gauge("aegis_rig_srt_latency_seconds", "seconds", "The time that SRT has for it.",
              [](const Json& rig) { return scaled(field(rig, "srt"), "latency_ms", kMilli); });
    rig_counter("aegis_rig_srt_dropped_packets", "Too late to be sent.", "srt", "dropped_packets");
    rig_counter("aegis_rig_srt_retransmitted_packets", "Sent again by SRT.", "srt",
                "retransmitted_packets");
  }

  void write_bond() {
    rig_gauge("aegis_rig_deliverable_bytes_per_second", "bytes_per_second",
              "What can be delivered in time, with 95 % confidence.", [](const Json& rig) {
                return scaled(field(rig, "bond"), "deliverable_bps", kBitsToBytes);
              });
    rig_gauge("aegis_rig_backlog_seconds", "seconds", "What waits takes the links so long.",
              [](const Json& rig) { return scaled(field(rig, "bond"), "backlog_ms", kMilli); });
    rig_counter("aegis_rig_repaired_packets", "Sent again by the bond.", "bond",
                "repaired_packets");
    rig_counter("aegis_rig_expired_packets", "Too old when their turn came.", "bond",
                "expired_packets");
  }

  void write_links() {
    out_.family("aegis_rig_link_state", Kind::kGauge, "", "1 for the state that the link is in.");
    for (auto const& rig : rigs_)
      for (auto const& link : list(rig, "links"))
        out_.sample(
            {{"rig", name_of(rig)}, {"link", text(link, "name")}, {"state", text(link, "state")}},
            1);
    link_family("aegis_rig_link_bytes_per_second", Kind::kGauge, "bytes_per_second",
                "What is sent over the link.",
                [](const Json& link) { return scaled(link, "rate_bps", kBitsToBytes); });
    link_family("aegis_rig_link_rtt_seconds", Kind::kGauge, "seconds", "Round-trip time.",
                [](const Json& link) { return scaled(link, "rtt_ms", kMilli); });
    link_family("aegis_rig_link_queue_seconds", Kind::kGauge, "seconds",
                "Waiting time in the link's queue.",
                [](const Json& link) { return scaled(link, "queue_ms", kMilli); });
    link_family("aegis_rig_link_loss_ratio", Kind::kGauge, "ratio",
                "Part of the packets that the link has lost lately.",
                [](const Json& link) { return number(link, "loss"); });
  }

  void write_link_counters() {
    link_family("aegis_rig_link_sent_packets", Kind::kCounter, "", "Sent over the link.",
                [](const Json& link) { return number(link, "sent_packets"); });
    link_family("aegis_rig_link_sent_bytes", Kind::kCounter, "bytes", "Sent over the link.",
                [](const Json& link) { return number(link, "sent_bytes"); });
    link_family("aegis_rig_link_lost_packets", Kind::kCounter, "", "That the link has lost.",
                [](const Json& link) { return number(link, "lost_packets"); });
  }

  const std::vector<Json>& rigs_;
  Exposition out_{Exposition::Form::kClassic};
};

}  // namespace

std::string rig_exposition(const std::vector<Json>& rigs) {
  return Writer(rigs).write();
}

}  // namespace aegis::cli
