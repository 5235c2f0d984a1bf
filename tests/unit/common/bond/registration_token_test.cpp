// Sealed registration tokens: nobody else can make one, and none lasts.
#include "common/bond/registration_token.hpp"

#include <catch2/catch.hpp>

#include "common/bond/frames.hpp"
#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

constexpr Time kNow{Duration(5000s)};
const Endpoint kRig = Endpoint::v4(192, 0, 2, 7, 40'000);

RegistrationTokens::Key key_of(int fill) {
  RegistrationTokens::Key key;
  key.fill(static_cast<std::byte>(fill));
  return key;
}

}  // namespace

TEST_CASE("a token is valid from its issue to the end of its life", "[bond][token]") {
  RegistrationTokens const tokens(key_of(1), 0);
  auto const sealed = tokens.seal(tokens.prepare(token_of(9), kRig, kNow));
  CHECK(tokens.is_fresh(sealed, kNow));
  CHECK(tokens.is_fresh(sealed, kNow + RegistrationTokens::kLifetime));
  CHECK(!tokens.is_fresh(sealed, kNow + RegistrationTokens::kLifetime + 1us));
  CHECK(tokens.is_ours(sealed));
  CHECK(!tokens.is_fresh(sealed, kNow - 1us));
}

TEST_CASE("not one byte of a token can be changed", "[bond][token]") {
  RegistrationTokens const tokens(key_of(1), kOurCapabilities);
  GroupToken asked = token_of(9);
  write_client_capabilities(asked, kOurCapabilities);
  auto const sealed = tokens.seal(tokens.prepare(asked, kRig, kNow));
  int accepted = 0;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto forged = sealed;
      forged[i] ^= static_cast<std::byte>(1 << bit);
      accepted += tokens.is_fresh(forged, kNow) ? 1 : 0;
    }
  }
  CHECK(accepted == 0);
}

TEST_CASE("a token of another relay, or of none, is refused", "[bond][token]") {
  RegistrationTokens const tokens(key_of(1), 0), other(key_of(2), 0);
  CHECK(!tokens.is_fresh(other.seal(other.prepare(token_of(9), kRig, kNow)), kNow));
  CHECK(!tokens.is_fresh(token_of(9), kNow));
  CHECK(!tokens.is_fresh(GroupToken{}, Time()));
}

TEST_CASE("whatever a rig puts into the relay's half is written over", "[bond][token]") {
  RegistrationTokens const tokens(key_of(1), 0);
  GroupToken asked = token_of(9), other = token_of(9);
  std::fill(other.begin() + kGroupIdHalf, other.end(), std::byte{0x77});
  auto const sealed = tokens.seal(tokens.prepare(asked, kRig, kNow));
  CHECK(tokens.seal(tokens.prepare(other, kRig, kNow)) == sealed);
  CHECK(tokens.seal(tokens.prepare(sealed, kRig, kNow)) ==
        sealed);  // asked again with what was answered
  CHECK(std::equal(asked.begin(), asked.begin() + kGroupIdHalf, sealed.begin()));
}

TEST_CASE("who asked and when are part of the token", "[bond][token]") {
  RegistrationTokens const tokens(key_of(1), 0);
  auto const sealed = tokens.seal(tokens.prepare(token_of(9), kRig, kNow));
  CHECK(load_u64(sealed, 128) == 5'000'000'000u);
  CHECK(load_u64(sealed, 128 + 8) == 0);  // 192.0.2.7 as an IPv6 address
  CHECK(load_u64(sealed, 128 + 16) == 0x0000ffffc0000207u);
  CHECK(load_u16(sealed, 128 + 24) == 40'000);
  CHECK(tokens.seal(tokens.prepare(token_of(9), kRig.with_port(40'001), kNow)) != sealed);
  CHECK(tokens.seal(tokens.prepare(token_of(9), kRig, kNow + 1us)) != sealed);
}

TEST_CASE("a token offers what both ends can do, and nothing to a stock sender", "[bond][token]") {
  RegistrationTokens const tokens(key_of(1), kLinkFrames);
  CHECK(!relay_capabilities(tokens.seal(tokens.prepare(token_of(9), kRig, kNow))));
  GroupToken asked = token_of(9);
  write_client_capabilities(asked, kLinkFrames | 0x80);
  CHECK(relay_capabilities(tokens.seal(tokens.prepare(asked, kRig, kNow))) ==
        std::uint32_t{kLinkFrames});
  write_client_capabilities(asked, 0x80);  // nothing in common
  CHECK(!relay_capabilities(tokens.seal(tokens.prepare(asked, kRig, kNow))));
  RegistrationTokens const plain(key_of(1), 0);
  write_client_capabilities(asked, kLinkFrames);
  CHECK(!relay_capabilities(plain.seal(plain.prepare(asked, kRig, kNow))));
}

}  // namespace aegis::bond::test
