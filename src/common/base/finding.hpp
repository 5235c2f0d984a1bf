// What a check of `aegis doctor` found: in the same form for a rig, a relay and the host below.
#pragma once

#include <string>
#include <vector>

namespace aegis {

struct Finding {
  // In the order of how bad it is. kSkipped: could not be looked at, and `seen` says why.
  enum class Level { kOk, kNote, kSkipped, kWarning, kFault };
  Level level = Level::kOk;
  std::string check;    // "mtu"
  std::string subject;  // the link, file or address that was looked at
  std::string seen;
  std::string hint;  // what to type; empty when there is nothing to be done
};
using Findings = std::vector<Finding>;

}  // namespace aegis
