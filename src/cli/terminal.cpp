#include "cli/terminal.hpp"

#include <cstdint>
#include <cstdlib>

#include <fmt/core.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace aegis::cli {
namespace {

constexpr std::size_t kUsualWidth = 80, kUsualHeight = 24;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Length of the UTF-8 sequence that begins with `first`; 0 when none does.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

// C1 controls, and the marks that turn the direction of the text around.
bool is_harmful(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x200e || point == 0x200f ||
         (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

// Bytes of the harmless character at the front of `text`; 0 when it has to be escaped.
std::size_t harmless(std::string_view text) {
  auto const first = static_cast<unsigned char>(text.front());
  auto const length = sequence_length(first);
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t point = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  bool const overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  bool const surrogate = (point >= 0xd800 && point < 0xe000) || point > 0x10ffff;
  return overlong || surrogate || is_harmful(point) ? 0 : length;
}

std::string_view code(Colour colour) {
  switch (colour) {
    case Colour::kGood:
      return "32";
    case Colour::kWarning:
      return "33";
    case Colour::kBad:
      return "31";
    case Colour::kFaint:
      return "2";
    case Colour::kPlain:
      break;
  }
  return "0";
}

// What the C library makes of LC_ALL, LC_CTYPE and LANG, without setting this program's locale.
bool is_utf8_locale() {
  locale_t const locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return false;
  bool const utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
  ::freelocale(locale);
  return utf8;
}

bool is_set(const char* name) {
  auto const* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const length = harmless(text);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (char const c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

std::string_view clipped(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end)
    if (!is_continuation(text[end]) && count++ == width) break;
  return text.substr(0, end);
}

std::string padded(std::string_view text, std::size_t width, bool right_aligned) {
  auto const have = columns(text);
  std::string const blanks(width > have ? width - have : 0, ' ');
  return right_aligned ? blanks + std::string(text) : std::string(text) + blanks;
}

Terminal::Terminal(int fd) : fd_(fd), is_tty_(::isatty(fd) == 1) {
  auto const* term = std::getenv("TERM");
  bool const dumb = term == nullptr || std::string_view(term) == "dumb";
  is_screen_ = is_tty_ && !dumb;
  colour_ = is_screen_ && !is_set("NO_COLOR");
  utf8_ = is_utf8_locale();
}

std::size_t Terminal::width() const {
  winsize size{};
  if (!is_tty_ || ::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return size.ws_col;
}

std::size_t Terminal::height() const {
  winsize size{};
  if (!is_tty_ || ::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return kUsualHeight;
  return size.ws_row;
}

std::string Terminal::painted(std::string_view text, Colour colour) const {
  if (!colour_ || colour == Colour::kPlain) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", code(colour), text);
}

}  // namespace aegis::cli
