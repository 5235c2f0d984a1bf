// The relay's figures for Prometheus. Labels are bounded: the operator's streams, the slots of a
// group's links, and reasons; never an address, a key or anything that a caller chose.
#pragma once

#include <string>

#include "common/base/exposition.hpp"
#include "relay/figures_view.hpp"

namespace aegis::relay {

// What is not known is absent, never zero. Links are told where their stream is known.
std::string metrics_text(const FiguresView& view, Exposition::Form form);

}  // namespace aegis::relay
