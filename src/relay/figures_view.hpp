// One look at everything that the relay's threads tell, for whoever puts it into words.
#pragma once

#include <memory>

#include "common/base/time.hpp"
#include "relay/figures.hpp"
#include "relay/gate.hpp"

namespace aegis::relay {

// All but the bond may be absent: a forwarding relay ends no SRT.
struct FiguresView {
  std::shared_ptr<const BondFigures> bond;
  std::shared_ptr<const MediaFigures> media;
  const Gate* gate = nullptr;
  Time started{}, now{};
  WallTime started_wall{};
};

}  // namespace aegis::relay
