#include "cli/stats_history.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

#include "cli/stats_format.hpp"

namespace aegis::cli {
namespace {

using namespace figures;

constexpr std::array<std::string_view, 9> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 9> kAscii{" ", ".", ".", ":", ":", "-", "=", "+", "#"};

}  // namespace

std::string rig_key(const Json& rig) {
  return fmt::format("rig {}", count(rig, "pid"));
}
std::string rig_link_key(const Json& rig, const Json& link) {
  return fmt::format("rig {} {}", count(rig, "pid"), text(link, "name"));
}
std::string session_key(const Json& session) {
  return fmt::format("session {}", text(session, "stream"));
}
std::string relay_link_key(const Json& group, const Json& link) {
  return fmt::format("group {} {}", count(group, "id"), count(link, "slot"));
}

void RateHistory::add(const std::string& key, const Json& object) {
  auto& curve = curves_[key];
  // Two relays may have sessions of the same name: the first one is shown.
  if (curve.last_round == round_) return;
  curve.last_round = round_;
  curve.rates.push_back(number(object, "rate_bps").value_or(0));
  if (curve.rates.size() > kKept) curve.rates.pop_front();
}

void RateHistory::look_at_rig(const Json& rig) {
  add(rig_key(rig), field(rig, "input"));
  for (auto const& link : list(rig, "links")) add(rig_link_key(rig, link), link);
}

void RateHistory::look_at_relay(const Json& relay) {
  for (auto const& session : list(relay, "sessions")) add(session_key(session), session);
  for (auto const& group : list(relay, "groups"))
    for (auto const& link : list(group, "links")) add(relay_link_key(group, link), link);
}

void RateHistory::look(const std::vector<Json>& reports) {
  ++round_;
  for (auto const& report : reports)
    text(report, "kind") == "rig" ? look_at_rig(report) : look_at_relay(report);
  std::erase_if(curves_,
                [this](const auto& entry) { return round_ - entry.second.last_round > kKept; });
}

std::vector<double> RateHistory::of(const std::string& key) const {
  auto const found = curves_.find(key);
  if (found == curves_.end()) return {};
  return {found->second.rates.begin(), found->second.rates.end()};
}

std::string sparkline(std::span<const double> values, double ceiling, std::size_t width,
                      bool utf8) {
  auto const& steps = utf8 ? kBlocks : kAscii;
  if (values.size() > width) values = values.last(width);
  std::string out(width - values.size(), ' ');
  for (double const value : values) {
    double const part = ceiling > 0 ? std::clamp(value / ceiling, 0.0, 1.0) : 0.0;
    out += steps[static_cast<std::size_t>(std::ceil(part * 8))];
  }
  return out;
}

std::string bar(double part, std::size_t width, bool utf8) {
  auto const full = static_cast<std::size_t>(
      std::lround(std::clamp(part, 0.0, 1.0) * static_cast<double>(width)));
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += i < full ? (utf8 ? "█" : "#") : (utf8 ? "░" : ".");
  return out;
}

}  // namespace aegis::cli
