#include "cli/stats_panel.hpp"

#include <array>

#include <catch2/catch.hpp>

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string shown(const Json& report, const RateHistory& history, const PanelStyle& style) {
  Terminal const terminal(-1);
  std::string out;
  for (auto const& line : panel_lines(report, history, style))
    out += render(line, style.width, terminal) + "\n";
  return out;
}

Json link(const char* name, int rate, Json rtt, double loss) {
  return {{"name", name},  {"state", "live"}, {"rate_bps", rate}, {"rtt_ms", std::move(rtt)},
          {"queue_ms", 4}, {"loss", loss},    {"share", 0.5}};
}

Json rig(int rate) {
  return {{"kind", "rig"},
          {"pid", 42},
          {"state", "degraded"},
          {"reason", "1 link down"},
          {"relay", "relay:5000"},
          {"uptime_s", 75},
          {"input", {{"spec", "-"}, {"rate_bps", 5'800'000}}},
          {"srt", {{"send_buffer_ms", 1800}, {"latency_ms", 2000}, {"dropped_packets", 0}}},
          {"bond",
           {{"aegis_relay", true},
            {"deliverable_bps", 7'250'000},
            {"repaired_packets", 4},
            {"expired_packets", 3}}},
          {"links", {link("eth0", rate, 30, 0.001), link("wwan0", 2 * rate, 90, 0.06)}},
          {"events",
           {{{"age_ms", 75000}, {"subject", "stream"}, {"state", "live"}, {"reason", ""}},
            {{"age_ms", 2500}, {"subject", "link usb0"}, {"state", "down"}, {"reason", "gone"}}}}};
}

Json relay() {
  return Json::parse(R"({"kind":"relay","uptime_s":3700,
    "sessions":[{"stream":"cam","state":"live","rate_bps":4000000,"via":"srtla","lost_packets":1,
                 "dropped_packets":0,"last_media_ms":3,"age_s":5}],
    "players":[{"stream":"cam"},{"stream":"cam"},{"stream":"other"}],
    "groups":[{"id":3,"stream":"cam","links":[{"slot":0,"address":"192.0.x.x","state":"live",
               "rate_bps":4100000,"rtt_ms":31,"jitter_ms":2.4,"queueing_ms":8,"loss":0.002,"last_seen_ms":9}]}]})");
}

}  // namespace

TEST_CASE("a rig at a glance", "[cli]") {
  RateHistory history;
  for (int i = 0; i <= 8; ++i) history.look({rig(i * 250'000)});
  auto const text = shown(rig(2'000'000), history, {100, true, LinkOrder::kAsTheyAre});
  INFO(text);
  CHECK(holds(text, "rig 42  degraded (1 link down)  to relay:5000 (aegis)  up 1 min 15 s\n"));
  CHECK(holds(text, "media     5.80 Mbit/s of 7.25 Mbit/s deliverable "));
  CHECK(holds(text, "█████████████░░░ 80 %\n"));
  CHECK(holds(text, "latency   1800 ms of 2000 ms used"));
  CHECK(holds(text, "packets   4 repaired, - resent, 3 given up\n"));
  CHECK(holds(text, "▁▁▂▂▃▃▄▄"));  // half of what the other link has
  CHECK(holds(text, "▁▂▃▄▅▆▇█"));
  CHECK(holds(text, "0.1 %"));
  CHECK(holds(text, "6.0 %"));
  auto const newest = text.find("2 s ago  link usb0 down: gone");
  REQUIRE(newest != std::string::npos);
  CHECK(newest < text.find("1 min 15 s ago  stream live"));
}

TEST_CASE("a terminal without UTF-8 gets ASCII", "[cli]") {
  RateHistory history;
  for (int i = 0; i <= 8; ++i) history.look({rig(i * 250'000)});
  auto const text = shown(rig(2'000'000), history, {100, false, LinkOrder::kAsTheyAre});
  for (char const c : text) REQUIRE(static_cast<unsigned char>(c) < 0x80);
  CHECK(holds(text, "#############... 80 %"));
}

TEST_CASE("links are sorted as the user wants", "[cli]") {
  RateHistory const history;
  auto const first = [&](LinkOrder order) {
    auto const text = shown(rig(1'000'000), history, {100, false, order});
    return text.find("eth0") < text.find("wwan0 ") ? "eth0" : "wwan0";
  };
  CHECK(first(LinkOrder::kAsTheyAre) == std::string("eth0"));
  CHECK(first(LinkOrder::kRate) == std::string("wwan0"));
  CHECK(first(LinkOrder::kRtt) == std::string("eth0"));
  CHECK(first(LinkOrder::kLoss) == std::string("wwan0"));
  auto order = LinkOrder::kAsTheyAre;
  for (int i = 0; i < 4; ++i) order = next(order);
  CHECK(order == LinkOrder::kAsTheyAre);
}

TEST_CASE("a narrow screen has no curves, and nothing wider than itself", "[cli]") {
  RateHistory history;
  history.look({rig(1)});
  auto const narrow = shown(rig(1), history, {60, true, LinkOrder::kAsTheyAre});
  CHECK_FALSE(holds(narrow, "LAST"));
  CHECK(holds(shown(rig(1), history, {100, true, LinkOrder::kAsTheyAre}), "LAST MINUTE"));
}

TEST_CASE("a relay at a glance", "[cli]") {
  RateHistory history;
  history.look({relay()});
  auto const text = shown(relay(), history, {120, true, LinkOrder::kAsTheyAre});
  INFO(text);
  CHECK(holds(text, "relay  up 1 h 01 min  1 session, 3 players, 1 bond group\n"));
  CHECK(holds(text, "cam      live   4.00 Mbit/s"));
  CHECK(holds(text, "srtla        2     1        0"));
  CHECK(holds(text, "cam     192.0.x.x  4.10 Mbit/s"));
  CHECK(holds(text, "0.2 %"));
}

TEST_CASE("a report of nonsense is a panel without harm", "[cli]") {
  RateHistory history;
  for (auto const* text :
       {R"({"kind":"rig"})", R"({"kind":"relay"})", R"({})",
        R"({"kind":"rig","links":[7,null],"input":"x","srt":[],"bond":null,"events":{"a":1}})",
        R"({"kind":"rig","events":[1,{"age_ms":"x"}]})",
        R"({"kind":"relay","groups":[1,null,{"links":[[],3]}],"sessions":[[]],"players":[0]})"}) {
    auto const report = Json::parse(text);
    history.look({report});
    CHECK_FALSE(shown(report, history, {100, true, LinkOrder::kRate}).empty());
  }
}

TEST_CASE("curves end with now, are scaled, and show that little is not nothing", "[cli]") {
  std::array<double, 4> const rates{0, 1, 500, 1000};
  CHECK(sparkline(rates, 1000, 6, true) == "   ▁▄█");
  CHECK(sparkline(rates, 1000, 2, true) == "▄█");
  CHECK(sparkline(rates, 0, 4, true) == "    ");
  CHECK(sparkline({}, 1, 3, false) == "   ");
  CHECK(bar(0.5, 4, false) == "##..");
  CHECK(bar(7, 4, true) == "████");
  CHECK(bar(-1, 2, true) == "░░");
}

TEST_CASE("the rates of a minute are kept, and those of what is gone forgotten", "[cli]") {
  RateHistory history;
  for (int i = 0; i < 100; ++i) history.look({rig(i)});
  auto const key = rig_link_key(rig(0), rig(0)["links"][0]);
  REQUIRE(history.of(key).size() == RateHistory::kKept);
  CHECK(history.of(key).back() == 99);
  for (int i = 0; i < 59; ++i) history.look({});
  CHECK(history.of(key).size() == RateHistory::kKept);
  history.look({});
  history.look({});
  CHECK(history.of(key).empty());
}

}  // namespace aegis::cli
