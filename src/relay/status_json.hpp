// The relay's figures as the versioned JSON of GET /api/v1/status.
#pragma once

#include <nlohmann/json.hpp>

#include "relay/figures_view.hpp"

namespace aegis::relay {

// Schema 1. Unknown is null, never zero; addresses are masked. Keys may be added.
nlohmann::json status_json(const FiguresView& view);

}  // namespace aegis::relay
