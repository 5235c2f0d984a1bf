// One stream's figures in the two forms that scene switchers (NOALBS) and overlays poll. Their
// readers take any missing or mistyped field for "offline", so the fields and types are exact.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "relay/figures_view.hpp"

namespace aegis::relay {

// {"status":"ok","publisher":{...}}, with a peer for each link of a bond whose round-trip time is
// known. Without "publisher" while no media has come.
nlohmann::json openirl_json(const FiguresView& view, std::string_view stream);

// {"status":"ok","publishers":{ID:{...}}}: the ten fields of the classic SRT Live Server, and
// dropped_pkts, which Belabox readers want. "publishers" is empty while no media has come.
nlohmann::json sls_json(const FiguresView& view, std::string_view stream, std::string_view id);

}  // namespace aegis::relay
