#include "common/crypto/sealing.hpp"

#include <catch2/catch.hpp>

namespace aegis::crypto {
namespace {

ByteView bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string hex(std::string_view text) {
  std::string out;
  for (char const c : text) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

constexpr ScryptCost kCheap{10, 8, 1};

}  // namespace

TEST_CASE("the key is what scrypt makes of it", "[sealing]") {
  // RFC 7914 section 12, whose first 44 of 64 bytes are our key and nonce.
  auto const key = sealing_key(Secret("pleaseletmein"), bytes("SodiumChloride"), {14, 8, 1});
  REQUIRE(key.has_value());
  CHECK(hex(key->key.expose()) ==
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
  CHECK(hex({reinterpret_cast<const char*>(key->nonce.data()), key->nonce.size()}) ==
        "d5432955613f0fcf62d49705");
}

TEST_CASE("what is sealed is AES-256-GCM", "[sealing]") {
  // Test case 14 of the specification that McGrew and Viega gave to NIST: key, nonce, text of
  // zeros.
  SealingKey const zeros{Secret(std::string(32, '\0')), {}};
  CHECK(hex(seal(zeros, {}, Secret(std::string(16, '\0')))) ==
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST_CASE("what was sealed opens with its key and header only", "[sealing]") {
  auto const key = *sealing_key(Secret("correct horse"), bytes("salt"), kCheap);
  Secret const content("the keys of the house");
  auto const sealed = seal(key, bytes("header"), content);
  CHECK(sealed.find("keys") == std::string::npos);
  CHECK(sealed.size() == content.size() + kSealingTag);
  CHECK(unseal(key, bytes("header"), bytes(sealed)) == content);
  CHECK_FALSE(unseal(key, bytes("Header"), bytes(sealed)).has_value());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(unseal(key, bytes("header"), bytes(changed)).has_value());
    CHECK_FALSE(unseal(key, bytes("header"), bytes(sealed).first(i)).has_value());
  }
  for (auto const& [passphrase, salt] : {std::pair("correct horsf", "salt"),
                                         {"", "salt"},
                                         {"correct horse", "sals"},
                                         {"correct horse", ""}}) {
    auto const other = *sealing_key(Secret(passphrase), bytes(salt), kCheap);
    CHECK_FALSE(unseal(other, bytes("header"), bytes(sealed)).has_value());
  }
}

TEST_CASE("costs that nobody should have to bear", "[sealing]") {
  CHECK(is_bearable({}));
  CHECK(is_bearable({18, 8, 4}));
  for (auto const& cost : {ScryptCost{19, 8, 1}, ScryptCost{64, 8, 1}, ScryptCost{9, 8, 1},
                           ScryptCost{16, 9, 1}, ScryptCost{16, 0, 1}, ScryptCost{16, 8, 0},
                           ScryptCost{16, 8, 5}, ScryptCost{16, 8, 1u << 30}})
    CHECK_FALSE(is_bearable(cost));
}

}  // namespace aegis::crypto
