#include "cli/terminal.hpp"

#include <catch2/catch.hpp>

namespace aegis::cli {

TEST_CASE("text from elsewhere is made harmless", "[cli]") {
  CHECK(escaped("plain text, 1 2 3") == "plain text, 1 2 3");
  CHECK(escaped("\x1b[2J") == "\\x1b[2J");
  CHECK(escaped("a\nb\rc\td\x7f") == "a\\x0ab\\x0dc\\x09d\\x7f");
  CHECK(escaped(std::string_view("\0x", 2)) == "\\x00x");
  CHECK(escaped("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xa5") ==
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xa5");
  CHECK(escaped("\xc2\x9b"
                "31m") ==
        "\\xc2\\x9b"
        "31m");                                                  // C1 control
  CHECK(escaped("\xe2\x80\xae") == "\\xe2\\x80\\xae");           // right to left
  CHECK(escaped("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");           // isolate
  CHECK(escaped("\xff\xc3") == "\\xff\\xc3");                    // no UTF-8, cut off
  CHECK(escaped("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(escaped("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           // overlong
  CHECK(escaped("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(escaped("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond Unicode
}

TEST_CASE("columns, clipping and padding count characters, not bytes", "[cli]") {
  CHECK(columns("caf\xc3\xa9") == 4);
  CHECK(clipped("caf\xc3\xa9s", 4) == "caf\xc3\xa9");
  CHECK(clipped("abc", 0).empty());
  CHECK(clipped("abc", 9) == "abc");
  CHECK(padded("caf\xc3\xa9", 6, false) == "caf\xc3\xa9  ");
  CHECK(padded("ab", 4, true) == "  ab");
  CHECK(padded("abcdef", 4, true) == "abcdef");
}

TEST_CASE("what is no terminal gets no colour", "[cli]") {
  Terminal const none(-1);
  CHECK_FALSE(none.is_tty());
  CHECK_FALSE(none.colour());
  CHECK(none.width() == 80);
  CHECK(none.painted("x", Colour::kBad) == "x");
}

}  // namespace aegis::cli
