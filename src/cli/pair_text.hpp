// What `aegis pair new --stock` and `show` tell a person: one block for each kind of program.
#pragma once

#include <string>

#include "common/config/stock_key.hpp"

namespace aegis::cli {

// Holds secrets: for standard output only.
std::string pair_text(const config::StockKey& key);

// `text` with everything but letters, digits and "-._~" as %XX, for the query of an SRT URL.
std::string url_encoded(std::string_view text);

}  // namespace aegis::cli
