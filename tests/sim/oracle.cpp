#include "sim/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/srt_format.hpp"

namespace aegis::sim {
namespace {

constexpr Duration kGrid = 5ms;

// Share of packets that a direction lets through.
double passed(const emulator::Profile& profile) {
  double share = 1 - profile.loss;
  if (const auto& burst = profile.burst_loss) {
    double const changes = burst->to_bad + burst->to_good;
    double const bad = changes > 0 ? burst->to_bad / changes : 0;
    share *= 1 - bad * burst->loss_in_bad - (1 - bad) * burst->loss_in_good;
  }
  return share;
}

bool dark(const emulator::Profile& profile, Duration at) {
  return std::any_of(profile.outages.begin(), profile.outages.end(), [&](auto const& outage) {
    return at >= outage.start && at < outage.start + outage.length;
  });
}

// Bytes that the bottleneck lets out from the start until each point of the grid.
std::vector<double> served(const emulator::Profile& profile, std::size_t points) {
  std::vector<double> bytes(points, 0);
  std::uint64_t opportunity = 0;
  double const share = passed(profile);
  for (std::size_t i = 1; i < points; ++i) {
    Duration const until = static_cast<std::int64_t>(i) * kGrid;
    double gain = 0;
    if (profile.trace) {
      for (; profile.trace->at(opportunity) < until; ++opportunity)
        if (!dark(profile, profile.trace->at(opportunity)))
          gain += emulator::Trace::kOpportunityBytes;
    } else if (profile.rate && !dark(profile, until - kGrid / 2)) {
      gain = static_cast<double>(profile.rate->bits_per_second()) / 8 * to_seconds(kGrid);
    }
    bytes[i] = bytes[i - 1] + gain * share;
  }
  return bytes;
}

// Of MPEG-TS within so many bytes a second on the wire.
BitRate media_rate(double wire_bytes) {
  double const payload = static_cast<double>(kPayload) / static_cast<double>(kWirePacket);
  return BitRate(static_cast<std::int64_t>(wire_bytes * 8 * payload));
}

}  // namespace

BitRate mean_capacity(const Scenario& scenario, BitRate most) {
  constexpr auto kSecond = static_cast<std::size_t>(1s / kGrid);
  auto const points = static_cast<std::size_t>(scenario.length / kGrid) + 1;
  std::vector<double> all(points, 0);
  for (const LinkPlan& link : scenario.links) {
    auto const bytes = served(link.up, points);
    for (std::size_t i = 0; i < points; ++i) all[i] += bytes[i];
  }
  double bits = 0;
  for (std::size_t i = kSecond; i < points; i += kSecond)
    bits += std::min(static_cast<double>(media_rate(all[i] - all[i - kSecond]).bits_per_second()),
                     static_cast<double>(most.bits_per_second()));
  return BitRate(static_cast<std::int64_t>(bits / std::floor(to_seconds(scenario.length))));
}

BitRate oracle_rate(const Scenario& scenario) {
  auto const points = static_cast<std::size_t>((scenario.length + scenario.latency) / kGrid) + 1;
  auto const media_points = static_cast<std::size_t>(scenario.length / kGrid);
  std::vector<double> taken(points, 0), handed(points, 0);  // by all links, until each instant
  double capacity = 0;
  for (const LinkPlan& link : scenario.links) {
    if (!link.from_start || link.up.delay >= scenario.latency) continue;
    auto const bytes = served(link.up, points);
    auto const ahead = static_cast<std::size_t>((scenario.latency - link.up.delay) / kGrid);
    for (std::size_t i = 0; i < media_points; ++i) {
      taken[i] += bytes[i];
      handed[i] += bytes[std::min(i + ahead, points - 1)];
    }
    capacity += bytes.back();
  }
  double low = 0, high = capacity / to_seconds(scenario.length) * 1.1;  // bytes a second
  for (int round = 0; round < 40; ++round) {
    double const rate = (low + high) / 2;
    double least = 0;
    bool fits = true;
    for (std::size_t i = 0; i < media_points && fits; ++i) {
      double const made = rate * to_seconds(static_cast<std::int64_t>(i) * kGrid);
      least = i == 0 ? made - taken[i] : std::min(least, made - taken[i]);
      fits = made - handed[i] <= least;
    }
    (fits ? low : high) = rate;
  }
  return media_rate(low);
}

}  // namespace aegis::sim
