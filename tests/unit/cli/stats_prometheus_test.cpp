#include "cli/stats_prometheus.hpp"

#include <catch2/catch.hpp>

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json rig(int pid, const char* relay) {
  return {{"kind", "rig"},
          {"pid", pid},
          {"relay", relay},
          {"state", "live"},
          {"uptime_s", 75},
          {"input", {{"rate_bps", 8'000'000}, {"last_media_ms", nullptr}}},
          {"srt", {{"send_buffer_ms", 1500}, {"dropped_packets", 2}}},
          {"bond", {{"deliverable_bps", 16'000'000}}},
          {"links",
           {{{"name", "wwan\"0"},
             {"state", "suspect"},
             {"rate_bps", 4'000'000},
             {"rtt_ms", 30.5},
             {"loss", 0.02},
             {"sent_packets", 1000}}}}};
}

}  // namespace

TEST_CASE("a rig's figures in the units of Prometheus", "[cli]") {
  auto const text = rig_exposition({rig(1, "relay:5000")});
  INFO(text);
  CHECK(holds(text, "# TYPE aegis_rig_media_bytes_per_second gauge\n"));
  CHECK(holds(text, "aegis_rig_media_bytes_per_second{rig=\"relay:5000\"} 1000000\n"));
  CHECK(holds(text, "aegis_rig_deliverable_bytes_per_second{rig=\"relay:5000\"} 2000000\n"));
  CHECK(holds(text, "aegis_rig_srt_buffered_seconds{rig=\"relay:5000\"} 1.5\n"));
  CHECK(holds(text, "aegis_rig_srt_dropped_packets_total{rig=\"relay:5000\"} 2\n"));
  CHECK(holds(text, "aegis_rig_state{rig=\"relay:5000\",state=\"live\"} 1\n"));
  CHECK(holds(text, "aegis_rig_link_loss_ratio{rig=\"relay:5000\",link=\"wwan\\\"0\"} 0.02\n"));
  CHECK(
      holds(text, "aegis_rig_link_sent_packets_total{rig=\"relay:5000\",link=\"wwan\\\"0\"} 1000"));
  // What is not known is absent, and so is the family of which nothing is.
  CHECK_FALSE(holds(text, "silence"));
  CHECK_FALSE(holds(text, "lost_packets"));
}

TEST_CASE("two rigs at one relay are told apart", "[cli]") {
  auto const text = rig_exposition({rig(1, "a:5000"), rig(2, "a:5000"), rig(3, "b:5000")});
  CHECK(holds(text, "aegis_rig_uptime_seconds{rig=\"a:5000#1\"} 75\n"));
  CHECK(holds(text, "aegis_rig_uptime_seconds{rig=\"a:5000#2\"} 75\n"));
  CHECK(holds(text, "aegis_rig_uptime_seconds{rig=\"b:5000\"} 75\n"));
}

}  // namespace aegis::cli
