// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aegis::cli {

// Insertions, deletions, changes and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to what was typed; empty when none is near enough to be meant.
std::string suggestion(std::string_view typed, const std::vector<std::string>& candidates);

}  // namespace aegis::cli
