#include "sim/survey.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace aegis::sim {
namespace {

constexpr Duration kNoticeFloor = 250ms;
constexpr std::uint64_t kTraffic = 20;  // packets sent into it
constexpr Duration kNever = 10min;
constexpr std::size_t kMostShown = 50;

Duration quantile(std::vector<Duration> values, double share) {
  if (values.empty()) return {};
  auto const at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

double share_within(const std::vector<Duration>& values, Duration limit) {
  auto const within =
      std::count_if(values.begin(), values.end(), [&](Duration value) { return value <= limit; });
  return values.empty() ? 1.0 : static_cast<double>(within) / static_cast<double>(values.size());
}

std::string spread(const std::vector<Duration>& values) {
  return fmt::format("{} of them, p50 {:.0f} p95 {:.0f} p99 {:.0f} ms", values.size(),
                     to_milliseconds(quantile(values, 0.5)),
                     to_milliseconds(quantile(values, 0.95)),
                     to_milliseconds(quantile(values, 0.99)));
}

}  // namespace

void Survey::add(const Scenario& scenario, const Report& report) {
  ++runs_;
  made_ += report.made;
  not_played_ += report.made - report.played;
  if (report.played == report.made) ++lossless_;
  wire_data_ += report.wire_data;
  events_ += report.events;
  simulated_ += scenario.length;
  most_queued_ = std::max(most_queued_, report.most_queued);
  most_held_ = std::max(most_held_, report.most_held);
  connections_ += report.connections;
  connections_broken_ += report.broken;
  for (const std::string& each : report.violations)
    broken_.push_back(fmt::format("{}, seed {}: {}", report.scenario, report.seed, each));
  for (const LinkReport& link : report.links) add_outages(link);
}

void Survey::add_outages(const LinkReport& link) {
  for (const OutageReport& outage : link.outages) {
    if (outage.disturbed || !outage.rtt) continue;
    Duration const allowed = std::max<Duration>(kNoticeFloor, *outage.rtt * 5 / 2);
    // Shorter ones may be over before anybody could know; without traffic nobody can.
    if (outage.length < allowed + kNoticeFloor || outage.into_the_dark < kTraffic) continue;
    ++outages_;
    if (!outage.noticed) {
      ++never_noticed_;
      continue;
    }
    noticed_.push_back(*outage.noticed);
    notice_excess_.push_back(*outage.noticed - allowed);
    usable_.push_back(outage.usable.value_or(kNever));
  }
}

std::string Survey::to_table() const {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{} runs, {:.1f} virtual hours, {} data packets on links, {} events\n", runs_,
                 to_seconds(simulated_) / 3600, wire_data_, events_);
  fmt::format_to(out, "  not played: {} of {}; nothing was lost in {} runs\n", not_played_, made_,
                 lossless_);
  fmt::format_to(out, "  most queued {}, most held {}; {} SRT connections, {} broken\n",
                 most_queued_, most_held_, connections_, connections_broken_);
  fmt::format_to(out,
                 "  outages that met traffic: {}, noticed: {}; within max(250 ms, 2.5 RTT): {:.1f} "
                 "%; never: {}\n",
                 outages_, spread(noticed_), 100 * share_within(notice_excess_, {}),
                 never_noticed_);
  fmt::format_to(out, "  usable again after them: {}; within 1 s: {:.1f} %\n", spread(usable_),
                 100 * share_within(usable_, 1s));
  for (std::size_t i = 0; i < std::min(broken_.size(), kMostShown); ++i)
    fmt::format_to(out, "  BROKEN {}\n", broken_[i]);
  fmt::format_to(out, "  {} promises broken\n", broken_.size());
  return text;
}

}  // namespace aegis::sim
