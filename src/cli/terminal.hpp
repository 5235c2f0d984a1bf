// What a terminal can show: its width, colour, and text from elsewhere made harmless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aegis::cli {

// `text` with control characters, escape sequences, invalid UTF-8 and direction overrides as \xNN:
// what another host sent cannot move the cursor or retitle the window.
std::string escaped(std::string_view text);

// Columns that `text` takes (UTF-8, one column a code point).
std::size_t columns(std::string_view text);
// At most `width` columns of `text`.
std::string_view clipped(std::string_view text, std::size_t width);
// `text` filled with blanks to `width` columns.
std::string padded(std::string_view text, std::size_t width, bool right_aligned);

enum class Colour { kPlain, kGood, kWarning, kBad, kFaint };

// The output descriptor, looked at once.
class Terminal {
 public:
  // Colour: only on a terminal, TERM is not "dumb", and NO_COLOR unset or empty.
  explicit Terminal(int fd);

  bool is_tty() const { return is_tty_; }
  // Its cursor can be moved: TERM is set, and not "dumb".
  bool is_screen() const { return is_screen_; }
  bool colour() const { return colour_; }
  // The locale of the environment is one of UTF-8.
  bool utf8() const { return utf8_; }
  // Columns now; 80 when it is no terminal. Asked anew each time: windows are resized.
  std::size_t width() const;
  // Lines now; 24 when it is no terminal.
  std::size_t height() const;
  // `text` in `colour`, or as it is when there is no colour.
  std::string painted(std::string_view text, Colour colour) const;

 private:
  int fd_;
  bool is_tty_ = false;
  bool is_screen_ = false;
  bool colour_ = false;
  bool utf8_ = false;
};

}  // namespace aegis::cli
