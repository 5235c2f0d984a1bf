#include "cli/stats_table.hpp"

#include <catch2/catch.hpp>

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Json& report, std::size_t width = 400) {
  Terminal const terminal(-1);
  std::string out;
  for (auto const& line : stats_lines(report)) out += render(line, width, terminal) + "\n";
  return out;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json rig() {
  return Json::parse(
      R"({"schema":1,"kind":"rig","version":"1","pid":42,"uptime_s":75,"state":"degraded",
    "reason":"1 link down","relay":"relay:5000",
    "input":{"spec":"test","kind":"test","rate_bps":null,"last_media_ms":null},
    "srt":{"state":"connected","rtt_ms":45.4,"send_buffer_ms":120,"retransmitted_packets":3,
           "dropped_packets":0,"latency_ms":2000},
    "links":[{"id":1,"name":"eth0","address":"192.0.2.7","state":"live","rate_bps":2500000,"rtt_ms":30,
              "min_rtt_ms":28,"queue_ms":2,"estimate_bps":6000000,"in_flight_bytes":1,"cap_bytes":2,
              "sent_packets":1000,"sent_bytes":1,"retransmitted_packets":4,"lost_packets":5,"share":0.625,
              "settings":"weight=2,data=10G/month","off_reason":"",
              "data":{"day_bytes":100,"month_bytes":1200000000,"cap_bytes":10000000000,"cap_period":"month"}},
             {"id":2,"name":"wwan0","address":"192.0.2.8","state":"down","rate_bps":0,"rtt_ms":null,
              "min_rtt_ms":null,"queue_ms":0,"estimate_bps":null,"sent_packets":7,
              "retransmitted_packets":0,"lost_packets":0,"share":0,
              "settings":"","data":{"day_bytes":0,"month_bytes":0,"cap_bytes":null,"cap_period":null}}],
    "bond":{"aegis_relay":true,"deliverable_bps":5500000,"backlog_ms":20,"repaired_packets":4,"queued_packets":9,"queue_age_ms":12,"expired_packets":1,"overflow_packets":2,
            "unroutable_packets":3}})");
}

}  // namespace

TEST_CASE("a rig as a table", "[cli]") {
  auto const text = shown(rig());
  INFO(text);
  CHECK(holds(text, "rig 42  degraded (1 link down)  to relay:5000  up 1 min 15 s\n"));
  CHECK(holds(text, "input test  -  last media - ago\n"));
  CHECK(holds(text, "srt connected  rtt 45 ms  buffered 120 ms of 2000 ms  resent 3  dropped 0\n"));
  CHECK(holds(text, "eth0   live   192.0.2.7  2.50 Mbit/s   62 %  30 ms"));
  CHECK(holds(text, "5  1.20 GB of 10.00 GB/month  weight=2,data=10G/month\n"));
  CHECK(holds(text, "forecast: 5.50 Mbit/s can be delivered in time; 20 ms behind\n"));
  CHECK(holds(text,
              "bond: aegis relay; 4 repaired; 9 queued for 12 ms; never sent: 1 expired, 2 "
              "overflowed, 3 without a link"));
}

TEST_CASE("a relay that has proved itself is called paired", "[cli]") {
  auto report = rig();
  report["bond"]["proved"] = true;
  CHECK(holds(shown(report), "bond: paired aegis relay; 4 repaired"));
}

TEST_CASE("the rate asked of the encoder is shown where there is one", "[cli]") {
  auto report = rig();
  report["input"] = {{"spec", "test"}, {"video_min_bps", 1'000'000}, {"video_max_bps", 6'000'000}};
  CHECK(holds(shown(report), "input test  - (video 1.00 Mbit/s..6.00 Mbit/s)  last media"));
  report["input"]["video_target_bps"] = 2'500'000;
  report["input"]["video_target_reason"] = "grow";
  CHECK(holds(shown(report), "(video 1.00 Mbit/s..6.00 Mbit/s, now 2.50 Mbit/s: grow)  last"));
  report["input"]["video_min_bps"] = 6'000'000;
  CHECK(holds(shown(report), "input test  - (video 6.00 Mbit/s)  last media"));
}

TEST_CASE("what is not known is a dash, what is nought is a 0", "[cli]") {
  auto const text = shown(rig());
  INFO(text);
  CHECK(holds(text,
              "wwan0  down   192.0.2.8      0 bit/s    0 %      -        -   0 ms            -     "
              "7       0     0                  0 B/month  -\n"));
}

TEST_CASE("a relay as tables", "[cli]") {
  auto const text = shown(Json::parse(R"({"schema":1,"kind":"relay","uptime_s":3700,"groups":[
    {"id":3,"stream":null,"device":"roof","age_s":5,"links":[{"id":1,"address":"192.0.x.x","state":"live","rate_bps":1000,
     "packets":10,"bytes":1,"duplicate_packets":0,"retransmitted_packets":1,"last_seen_ms":9,"rtt_ms":null}],
     "data_packets":11,"duplicate_packets":1,"retransmitted_packets":2,"late_packets":0,"gaps_shown":0,
     "naks_from_srt":4,"naks_forwarded":1,"nak_entries_withheld":6,"held_packets":0,"hold_limit_ms":80,
     "latency_ms":null}],
    "sessions":[{"stream":"cam","state":"live","via":"srtla","group":3,"age_s":5,"rate_bps":4000000,"rtt_ms":31,
     "latency_ms":2000,"received_packets":12,"lost_packets":1,"dropped_packets":0,"retransmitted_packets":1,
     "last_media_ms":3}],
    "players":[],"counters":{}})"));
  INFO(text);
  CHECK(holds(text, "relay  up 1 h 01 min  1 group, 1 session, 0 players\n"));
  CHECK(holds(text, "    3  -       roof    5 s"));
  CHECK(holds(text, "192.0.x.x  live"));
  CHECK(holds(text, "cam      live   srtla      3  5 s  4.00 Mbit/s"));
}

TEST_CASE("a report of nonsense is shown without harm", "[cli]") {
  for (auto const* text :
       {R"({"kind":"rig"})", R"({"kind":"relay"})", R"({})",
        R"({"kind":"rig","links":7,"input":"x","srt":[],"pid":"y","bond":null})",
        R"({"kind":"relay","groups":[1,null,"x",{"links":{}}],"sessions":[[]]})"})
    CHECK_FALSE(shown(Json::parse(text)).empty());
  CHECK(holds(shown(Json{{"kind", "rig"}, {"relay", "\x1b[31m"}}), "\\x1b[31m"));
}

TEST_CASE("lines are cut to the terminal", "[cli]") {
  auto const text = shown(rig(), 20);
  std::size_t from = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    CHECK(columns(text.substr(from, end - from)) <= 20);
    from = end + 1;
  }
}

}  // namespace aegis::cli
