// One look at everything that the relay's threads tell, for whoever puts it into words.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/time.hpp"
#include "relay/access.hpp"
#include "relay/figures.hpp"
#include "relay/gate.hpp"
#include "relay/recorder.hpp"
#include "relay/scope.hpp"

namespace aegis::relay {

// All but the bond may be absent: a forwarding relay ends no SRT.
struct FiguresView {
  // Only what `scope` holds. Without totals, which would tell of the others.
  FiguresView narrowed(const Scope& scope) const;

  std::shared_ptr<const BondFigures> bond;
  std::shared_ptr<const MediaFigures> media;
  const Gate* gate = nullptr;
  Time started{}, now{};
  WallTime started_wall{};
  std::optional<RecordingFigures> recording{};  // where there is any
  bool totals = true;                           // counters, which are of the whole relay, are told
  std::shared_ptr<const Access> access{};       // which stream a device is paired for
};

// Which of the relay's threads has told nothing for so long that it must hang; nothing when none
// does.
std::optional<std::string> what_hangs(const FiguresView& view);

}  // namespace aegis::relay
