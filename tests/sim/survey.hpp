// What many runs have in common: broken promises, and how soon outages were noticed and got over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario.hpp"

namespace aegis::sim {

class Survey {
 public:
  void add(const Scenario& scenario, const Report& report);
  bool broken() const { return !broken_.empty(); }
  std::string to_table() const;

 private:
  void add_outages(const LinkReport& link);

  std::uint64_t runs_ = 0, made_ = 0, not_played_ = 0, lossless_ = 0, wire_data_ = 0, events_ = 0;
  Duration simulated_{};
  std::size_t most_queued_ = 0, most_held_ = 0;
  unsigned connections_ = 0, connections_broken_ = 0;
  std::vector<std::string> broken_;
  // Of outages that met traffic: how long until the sender knew, and that beyond
  // max(250 ms, 2.5 RTT); and how long after their end it used the link again.
  std::uint64_t outages_ = 0, never_noticed_ = 0;
  std::vector<Duration> noticed_, notice_excess_, usable_;
};

}  // namespace aegis::sim
