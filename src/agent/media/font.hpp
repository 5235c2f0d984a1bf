// The agent's own bitmap font, 5 x 7 dots: burnt-in text needs no font file on the rig.
#pragma once

#include <array>
#include <cstdint>

namespace aegis::agent::media {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;
inline constexpr int kGlyphAdvance = 6;  // with the gap to the next glyph

// Rows from the top; bit 4 is the leftmost dot. Digits, letters (one case) and " .:-/+%()";
// anything else is an empty box.
const std::array<std::uint8_t, kGlyphHeight>& glyph(char character);

}  // namespace aegis::agent::media
