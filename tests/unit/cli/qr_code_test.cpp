#include "cli/qr_code.hpp"

#include <catch2/catch.hpp>

using aegis::cli::QrCode;

namespace {

const aegis::crypto::Secret kText("aegis://relay.example.org:5000/AAAA");

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a QR code has its three corners and a quiet zone", "[qr]") {
  auto const code = QrCode::of(kText);
  REQUIRE(code.has_value());
  auto const last = static_cast<std::ptrdiff_t>(code->size()) - 1;
  for (auto const& [row, column] :
       {std::pair(std::ptrdiff_t{0}, std::ptrdiff_t{0}), std::pair(std::ptrdiff_t{0}, last),
        std::pair(last, std::ptrdiff_t{0})})
    CHECK(code->is_dark(row, column));
  CHECK_FALSE(code->is_dark(-1, 0));
  CHECK_FALSE(code->is_dark(0, last + 1));
}

TEST_CASE("on a terminal two rows of it are one line", "[qr]") {
  auto const code = QrCode::of(kText);
  REQUIRE(code.has_value());
  auto const plain = code->text(false);
  CHECK(lines(plain) == (code->size() + 8 + 1) / 2);
  CHECK(plain.find('\033') == std::string::npos);
  // The quiet zone is what the ground is not.
  CHECK(plain.starts_with("█"));
  auto const coloured = code->text(true);
  CHECK(lines(coloured) == lines(plain));
  CHECK(coloured.starts_with("\033[38;5;16;48;5;231m "));
}

TEST_CASE("the picture is a PNG, and a text that is too long has none", "[qr]") {
  auto const png = QrCode::of(kText)->png();
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK_FALSE(QrCode::of(aegis::crypto::Secret(std::string(1001, 'a'))).has_value());
}
