#include "sim/report.hpp"

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace aegis::sim {
namespace {

std::string in_ms(const std::optional<Duration>& value) {
  return value ? fmt::format("{:.0f} ms", to_milliseconds(*value)) : "never";
}

nlohmann::json milliseconds(const std::optional<Duration>& value) {
  return value ? nlohmann::json(to_milliseconds(*value)) : nlohmann::json();
}

void add_link(std::string& text, std::size_t number, const LinkReport& link) {
  auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "  link {}: {} data packets, {} lost by the link, {:.2f} MB, queueing of ours p50 "
                 "{:.0f} ms, p95 {:.0f} ms\n",
                 number, link.data_packets, link.data_lost,
                 static_cast<double>(link.wire_bytes) * 1e-6, to_milliseconds(link.queue_p50),
                 to_milliseconds(link.queue_p95));
  for (const OutageReport& outage : link.outages)
    fmt::format_to(
        out,
        "    dark at {:.1f} s for {:.1f} s: noticed {}, {} packets into it, usable after "
        "{}, in use after {}, {:.2f} Mbit/s in its second second\n",
        to_seconds(outage.start), to_seconds(outage.length), in_ms(outage.noticed),
        outage.into_the_dark, in_ms(outage.usable), in_ms(outage.readmitted),
        static_cast<double>(outage.carried) * 8e-6);
}

nlohmann::json link_json(const LinkReport& link) {
  nlohmann::json outages = nlohmann::json::array();
  for (const OutageReport& outage : link.outages)
    outages.push_back({{"start_s", to_seconds(outage.start)},
                       {"length_s", to_seconds(outage.length)},
                       {"rtt_ms", milliseconds(outage.rtt)},
                       {"noticed_ms", milliseconds(outage.noticed)},
                       {"usable_ms", milliseconds(outage.usable)},
                       {"readmitted_ms", milliseconds(outage.readmitted)},
                       {"carried_in_second_second_bytes", outage.carried},
                       {"into_the_dark", outage.into_the_dark},
                       {"disturbed", outage.disturbed}});
  return {{"wire_packets", link.wire_packets},
          {"wire_bytes", link.wire_bytes},
          {"data_packets", link.data_packets},
          {"data_lost", link.data_lost},
          {"queue_p50_ms", to_milliseconds(link.queue_p50)},
          {"queue_p95_ms", to_milliseconds(link.queue_p95)},
          {"outages", outages}};
}

}  // namespace

std::string to_table(const Report& r) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{}, seed {}: {:.2f} Mbit/s made\n", r.scenario, r.seed,
                 r.made_rate.megabits_per_second());
  fmt::format_to(out,
                 "  media: {} made, {} not played ({:.3f} %): {} missing (of these {} late), {} "
                 "without connection, {} refused\n",
                 r.made, r.made - r.played, 100 * r.lost_share(), r.missing, r.late, r.unsent,
                 r.refused);
  fmt::format_to(out,
                 "  repairs: {} retransmitted by SRT, {} data packets lost by links, {} duplicates "
                 "shown to SRT, {} of {} loss reports reached the sender\n",
                 r.retransmitted, r.losses, r.duplicates, r.naks_passed, r.naks);
  fmt::format_to(out, "  wire: {} data packets, amplification {:.3f}, without losses {:.3f}\n",
                 r.wire_data, r.amplification, r.amplification_extra);
  fmt::format_to(out,
                 "  transport p50 {:.0f} p95 {:.0f} p99 {:.0f} ms; played {:.0f} ms beyond the "
                 "latency (p95)\n",
                 to_milliseconds(r.transport_p50), to_milliseconds(r.transport_p95),
                 to_milliseconds(r.transport_p99), to_milliseconds(r.excess_p95));
  fmt::format_to(out,
                 "  bond: most queued {}, most held {}, {} expired, {} overflowed, {} unroutable; "
                 "{} SRT connections, {} broken {}\n",
                 r.most_queued, r.most_held, r.expired, r.overflowed, r.unroutable, r.connections,
                 r.broken, r.broken_because);
  for (std::size_t i = 0; i < r.links.size(); ++i) add_link(text, i + 1, r.links[i]);
  for (const Gap& gap : r.gaps)
    fmt::format_to(out, "  missing from {:.3f} s: {} packets, {} of them late\n",
                   to_seconds(gap.at), gap.packets, gap.late);
  for (const std::string& violation : r.violations) fmt::format_to(out, "  BROKEN {}\n", violation);
  return text;
}

std::string to_json(const Report& r) {
  nlohmann::json links = nlohmann::json::array();
  for (const LinkReport& link : r.links) links.push_back(link_json(link));
  nlohmann::json gaps = nlohmann::json::array();
  for (const Gap& gap : r.gaps)
    gaps.push_back({{"at_s", to_seconds(gap.at)}, {"packets", gap.packets}, {"late", gap.late}});
  nlohmann::json const json = {{"scenario", r.scenario},
                               {"seed", r.seed},
                               {"made", r.made},
                               {"made_rate_bps", r.made_rate.bits_per_second()},
                               {"played", r.played},
                               {"missing", r.missing},
                               {"late", r.late},
                               {"unsent", r.unsent},
                               {"refused", r.refused},
                               {"duplicates", r.duplicates},
                               {"retransmitted", r.retransmitted},
                               {"losses", r.losses},
                               {"wire_data", r.wire_data},
                               {"amplification", r.amplification},
                               {"amplification_extra", r.amplification_extra},
                               {"transport_p50_ms", to_milliseconds(r.transport_p50)},
                               {"transport_p95_ms", to_milliseconds(r.transport_p95)},
                               {"transport_p99_ms", to_milliseconds(r.transport_p99)},
                               {"excess_p95_ms", to_milliseconds(r.excess_p95)},
                               {"expired", r.expired},
                               {"overflowed", r.overflowed},
                               {"unroutable", r.unroutable},
                               {"connections", r.connections},
                               {"broken", r.broken},
                               {"events", r.events},
                               {"links", links},
                               {"gaps", gaps},
                               {"violations", r.violations}};
  return json.dump();
}

}  // namespace aegis::sim
