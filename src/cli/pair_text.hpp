// What `aegis pair new --stock` and `show` tell a person: one block for each kind of program.
#pragma once

#include <string>

#include "common/config/stock_key.hpp"

namespace aegis::cli {

// Holds secrets: for standard output only.
std::string pair_text(const config::StockKey& key);

// The addresses that programs take, with their keys in them: of SRTLA and SRT publishers, and of
// players.
std::string srtla_url(const config::StockKey& key);
std::string publish_url(const config::StockKey& key);
std::string play_url(const config::StockKey& key);

// `text` with everything but letters, digits and "-._~" as %XX, for the query of an SRT URL.
std::string url_encoded(std::string_view text);

}  // namespace aegis::cli
