#include "demo/report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aegis::demo {
namespace {

std::uint64_t lost(const nlohmann::json& direction) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : direction.at("lost").items())
    sum += count.get<std::uint64_t>();
  return sum;
}

double megabits(const Phase& from, const Phase& to, std::size_t link) {
  auto const bytes = [link](const Phase& phase) {
    return phase.links[link]["up"]["bytes_in"].get<double>();
  };
  return (bytes(to) - bytes(from)) * 8e-6 / to_seconds(to.start - from.start);
}

Duration quantile(std::vector<Duration> values, double share) {
  if (values.empty()) return {};
  auto const at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

std::string row(const std::string& name, const std::string& value) {
  return fmt::format("  {:<34} {}\n", name, value);
}

}  // namespace

std::string link_table(const std::vector<Phase>& phases) {
  const nlohmann::json& last = phases.back().links;
  if (last.empty()) return "";
  std::string text = fmt::format("  {:<6}", "link");
  for (std::size_t i = 0; i + 1 < phases.size(); ++i) text += fmt::format("{:>16}", phases[i].name);
  text += fmt::format("{:>10}{:>8}\n", "packets", "lost");
  for (std::size_t link = 0; link < last.size(); ++link) {
    text += fmt::format("  {:<6}", last[link]["name"].get<std::string>());
    for (std::size_t i = 0; i + 1 < phases.size(); ++i) {
      text += fmt::format("{:>9.2f} Mbit/s", megabits(phases[i], phases[i + 1], link));
    }
    const nlohmann::json& up = last[link]["up"];
    text += fmt::format("{:>10}{:>8}\n", up["packets_in"].get<std::uint64_t>(), lost(up));
  }
  return text;
}

std::string player_table(const std::vector<Phase>& phases, const nlohmann::json& account,
                         const PictureFigures& picture, Duration first_picture) {
  std::string text;
  std::uint64_t sent = 0, gone = 0;
  for (const auto& link : phases.back().links) {
    sent += link["up"]["packets_in"].get<std::uint64_t>();
    gone += lost(link["up"]);
  }
  if (sent > 0) {
    text += row("loss before recovery",
                fmt::format("{} of {} packets ({:.2f} %) on the links", gone, sent,
                            100.0 * static_cast<double>(gone) / static_cast<double>(sent)));
  }
  text +=
      row("loss after recovery", fmt::format("{} continuity errors in {} TS packets at the player",
                                             account.at("continuity_errors").get<std::uint64_t>(),
                                             account.at("ts_packets").get<std::uint64_t>()));
  text += row("pictures", fmt::format("{} decoded, {} missing, {} unreadable", picture.frames,
                                      picture.missing, picture.unreadable));
  text += row("start of the rig to first picture",
              fmt::format("{:.0f} ms", to_milliseconds(first_picture)));
  text += row("longest gap between two pictures",
              fmt::format("{:.0f} ms", to_milliseconds(picture.longest_gap)));
  text += row(
      "camera to decoded picture",
      fmt::format("p50 {:.0f} ms, p95 {:.0f} ms", to_milliseconds(quantile(picture.latencies, 0.5)),
                  to_milliseconds(quantile(picture.latencies, 0.95))));
  return text;
}

}  // namespace aegis::demo
