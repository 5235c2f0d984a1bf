#include "common/crypto/secret.hpp"

#include <array>
#include <map>
#include <set>
#include <type_traits>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "common/crypto/random.hpp"

namespace aegis::crypto {

static_assert(!fmt::is_formattable<Secret>::value, "a secret that can be printed will be");
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_constructible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<std::string, Secret>,
              "a text becomes a secret on purpose only");

TEST_CASE("secrets compare, copy and move", "[crypto]") {
  Secret const one("hunter2hunter2");
  Secret copy = one;
  CHECK(copy == one);
  CHECK_FALSE(copy == Secret("hunter2hunter3"));
  CHECK_FALSE(copy == Secret("hunter2"));
  Secret const moved = std::move(copy);
  CHECK(moved == one);
  CHECK(copy.empty());  // NOLINT(bugprone-use-after-move): what a move leaves is wiped
  copy = moved;
  copy = *&copy;
  CHECK(copy.expose() == "hunter2hunter2");
  CHECK(copy.size() == 14);
  CHECK(Secret().empty());
}

TEST_CASE("tokens are of the promised length and alphabet, and never the same", "[crypto]") {
  CHECK(random_token(160).size() == 32);
  CHECK(random_token(130).size() == 26);
  std::set<std::string, std::less<>> seen;
  for (int i = 0; i < 1000; ++i) {
    auto const token = random_token();
    CHECK(token.expose().find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz") ==
          std::string_view::npos);
    seen.insert(std::string(token.expose()));
  }
  CHECK(seen.size() == 1000);
}

// 320 000 characters over 32 symbols: chi-square has 31 degrees of freedom; 80 is passed by a fair
// draw but once in 300 000 runs.
TEST_CASE("no character is drawn more often than another", "[crypto]") {
  std::map<char, int> counts;
  constexpr int kTokens = 10'000;
  for (int i = 0; i < kTokens; ++i) {
    auto const token = random_token();
    for (char const c : token.expose()) ++counts[c];
  }
  REQUIRE(counts.size() == 32);
  double const expected = kTokens;
  double chi_square = 0;
  for (auto const& [symbol, count] : counts)
    chi_square += (count - expected) * (count - expected) / expected;
  CHECK(chi_square < 80);
}

}  // namespace aegis::crypto
