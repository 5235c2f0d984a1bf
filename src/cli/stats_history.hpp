// The rates of the last minute, for the small curves of `aegis stats --watch`. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace aegis::cli {

// Which curve: of a report's stream or session, or of one of its links.
std::string rig_key(const nlohmann::ordered_json& rig);
std::string rig_link_key(const nlohmann::ordered_json& rig, const nlohmann::ordered_json& link);
std::string session_key(const nlohmann::ordered_json& session);
std::string relay_link_key(const nlohmann::ordered_json& group, const nlohmann::ordered_json& link);

class RateHistory {
 public:
  static constexpr std::size_t kKept = 60;

  // One round of reports, a second after the last.
  void look(const std::vector<nlohmann::ordered_json>& reports);
  // Bits per second, oldest first; none for what is not known.
  std::vector<double> of(const std::string& key) const;

 private:
  void add(const std::string& key, const nlohmann::ordered_json& object);
  void look_at_rig(const nlohmann::ordered_json& rig);
  void look_at_relay(const nlohmann::ordered_json& relay);

  struct Curve {
    std::deque<double> rates;
    std::size_t last_round = 0;
  };
  std::map<std::string, Curve> curves_;
  std::size_t round_ = 0;
};

// The last `width` values as a row of blocks from 0 to `ceiling`; as characters of ASCII where the
// terminal has no others. What is more than nothing is shown as more than nothing.
std::string sparkline(std::span<const double> values, double ceiling, std::size_t width, bool utf8);
// `part` (0 to 1) of a bar.
std::string bar(double part, std::size_t width, bool utf8);

}  // namespace aegis::cli
