#include "common/crypto/key_exchange.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

namespace aegis::crypto {
namespace {

std::string unhex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}
Secret secret(std::string_view hex) {
  return Secret(unhex(hex));
}
PublicKey public_key(std::string_view hex) {
  PublicKey key;
  std::string const bytes = unhex(hex);
  std::transform(bytes.begin(), bytes.end(), key.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return key;
}
ByteView view(const std::string& bytes) {
  return std::as_bytes(std::span(bytes));
}

}  // namespace

TEST_CASE("X25519 agrees with RFC 7748 section 6.1", "[crypto]") {
  auto const alice = secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  auto const bob = secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  auto const alices = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
  auto const bobs = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
  auto const both = secret("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  CHECK(x25519_public(alice) == public_key(alices));
  CHECK(x25519_public(bob) == public_key(bobs));
  CHECK((x25519_shared(alice, public_key(bobs)) == both));
  CHECK((x25519_shared(bob, public_key(alices)) == both));
}

TEST_CASE("X25519 refuses public keys that make the same outcome for everybody", "[crypto]") {
  auto const mine = secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  CHECK_FALSE(x25519_shared(mine, PublicKey{}));
  PublicKey one{};
  one[0] = std::byte{1};
  CHECK_FALSE(x25519_shared(mine, one));
  CHECK_FALSE(x25519_shared(
      mine, public_key("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")));
}

TEST_CASE("HKDF agrees with RFC 5869 appendix A.1, however the secret is split", "[crypto]") {
  auto const expected = secret(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  std::string const salt = unhex("000102030405060708090a0b0c");
  std::string const purpose = unhex("f0f1f2f3f4f5f6f7f8f9");
  auto const derive = [&](std::string_view first, std::string_view second) {
    return hkdf(secret(first), secret(second), view(salt), view(purpose), 42);
  };
  CHECK((derive("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "") == expected));
  CHECK((derive("0b0b0b0b0b0b0b0b", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b") == expected));
  CHECK_FALSE((derive("0b0b0b0b0b0b0b0b", "0b0b0b0b0b0b0b0b0b0b0b0b0b0c") == expected));
}

}  // namespace aegis::crypto
