// The rig's figures as one document: what `aegis stats` and `--json` show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/bond_uplink.hpp"
#include "agent/control/change_log.hpp"
#include "agent/control/rate_control.hpp"
#include "agent/control/rig_state.hpp"
#include "agent/media/source.hpp"
#include "agent/srt_uplink.hpp"

namespace aegis::agent {

struct RigStatus {
  Duration uptime{};
  control::RigVerdict verdict;
  std::string relay;
  bool paired = false;  // with it
  std::string input, input_kind;
  std::optional<media::OnAir> on_air;                 // none when the input is passed on as it is
  std::optional<BitRateBounds> video_rate;            // none when the input is passed on as it is
  std::optional<control::RateDecision> video_target;  // what it is made at; none when it is fixed
  std::optional<BitRate> input_rate;   // over the last second; none before the first media
  std::optional<Duration> last_media;  // how long ago
  SrtUplinkStatus srt;
  std::uint64_t media_dropped = 0;  // chunks, in the queue before SRT
  BondStatus bond;
  // What changed lately, oldest first.
  struct Event {
    Duration age{};
    control::ChangeLog::Subject subject;
  };
  std::vector<Event> events;
};

// One JSON object on one line, schema 1.
std::string to_json(const RigStatus& status);
// The answers to the control socket's `link` command: the link of this name as in `links` of
// to_json(), null while its interface is not there; or what was wrong.
std::string link_answer(const RigStatus& status, const std::string& name);
// What an encoder wants to know, many times a second.
std::string forecast_line(const BondStatus& bond);
std::string error_answer(const Error& error);
// One line for people: state, rate, links.
std::string to_line(const RigStatus& status);

// The word for one link's state: connecting, live, suspect, off or down.
const char* link_state(const LinkStatus& link);

}  // namespace aegis::agent
