#include "common/pairing/exchange.hpp"

#include <catch2/catch.hpp>

#include "common/crypto/identity.hpp"

using namespace aegis;
using namespace aegis::pairing;

namespace {

std::string counting(int first, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(first + static_cast<int>(i));
  return text;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (char const c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return text;
}
std::string hex(const crypto::Secret& secret) {
  return hex(secret.expose());
}

const crypto::Secret kIdentity(counting(0x20, 32));
const crypto::Secret kRigKey(counting(0x60, 32));

Request sample() {
  Request request;
  for (std::size_t i = 0; i < request.by.size(); ++i)
    request.by[i] = static_cast<std::byte>(0x10 + i);
  request.secret = crypto::Secret("01234567890123456789");
  request.rig_key = crypto::x25519_public(kRigKey);
  return request;
}

Terms terms() {
  return {"cam",
          crypto::Secret("pub-0123456789abcdefghjkmnpq"),
          crypto::Secret("a-passphrase"),
          {{"relay.example.org", 5000}, {"", 5001}}};
}

Answer answer() {
  auto made = make_answer(sample(), kIdentity, crypto::fingerprint_of(kIdentity),
                          fresh_id(sample(), kIdentity), terms());
  REQUIRE(made.has_value());
  return *made;
}

std::optional<Outcome> read(const std::string& body, const Request& request = sample(),
                            const crypto::Secret& rig_key = kRigKey) {
  return read_answer(request, crypto::fingerprint_of(kIdentity), rig_key, body);
}

}  // namespace

// Computed by another program.
TEST_CASE("the test vectors of aegis-pair(7)", "[pairing]") {
  CHECK(crypto::to_hex(crypto::fingerprint_of(kIdentity)) ==
        "824c89aa8efb95ef93629b4519599129cace4adac9a6180daba31ceed41ecee6");
  CHECK(hex(write(sample())) ==
        "01101112131415161718191a1b1c1d1e1f30313233343536373839303132333435363738"
        "39675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f");
  CHECK(hex(answer().body) ==
        "0152c50350d61ae664334af45fa9fbfa4aaa412a29db25369835ddad1784956deaafbd8860f59393e10bcdb4"
        "a7a4786d1c4ae242738c6d0ae3b472649867f0b94cc5020e5a740fea74cc46366212503978000363616d001c"
        "7075622d3031323334353637383961626364656667686a6b6d6e7071000c612d7061737370687261736500"
        "1672656c61792e6578616d706c652e6f72673a35303030000435303031");
  CHECK(hex(answer().device.key) ==
        "6382cc8a9cbd2dd09dd0848933bf8371afa432c9893aff9f38039cd7b66734f0");
  CHECK(hex(make_confirmation(answer().device)) ==
        "0152c50350d61ae664334af45fa9fbfa4a11d737ed591bf31f0e2a71ca7f1b5db32648d8f883d478c1f2d979"
        "b11b2f745a");
  CHECK(hex(rotation_secret(answer().device, sample().rig_key)) ==
        "e3ef4158f616d67c7d32f0f359f93ce66e2c8f8c");
}

TEST_CASE("both ends come to the same key, and the rig to its terms", "[pairing]") {
  auto const given = terms();
  auto const made = make_answer(sample(), kIdentity, crypto::fingerprint_of(kIdentity),
                                fresh_id(sample(), kIdentity), given);
  REQUIRE(made.has_value());
  auto const outcome = read(std::string(made->body.expose()));
  REQUIRE(outcome.has_value());
  CHECK(outcome->device.id == made->device.id);
  CHECK(outcome->device.key == made->device.key);
  CHECK(outcome->device.key.size() == 32);
  CHECK(outcome->terms.stream == "cam");
  CHECK(outcome->terms.stream_id == given.stream_id);
  CHECK(outcome->terms.passphrase == given.passphrase);
  CHECK(outcome->terms.addresses == given.addresses);
}

TEST_CASE("the same request gets the same answer; another one another key", "[pairing]") {
  CHECK(answer().body == answer().body);
  auto other = sample();
  other.secret = crypto::Secret("01234567890123456780");
  auto const made = make_answer(other, kIdentity, crypto::fingerprint_of(kIdentity),
                                fresh_id(sample(), kIdentity), terms());
  CHECK_FALSE(made->device.key == answer().device.key);
}

TEST_CASE("a change of any byte of the answer is seen", "[pairing]") {
  auto given = terms();
  given.passphrase.reset();
  auto const made = make_answer(sample(), kIdentity, crypto::fingerprint_of(kIdentity),
                                fresh_id(sample(), kIdentity), given);
  std::string const whole(made->body.expose());
  REQUIRE(read(whole).has_value());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto body = whole;
    body[i] = static_cast<char>(body[i] ^ 1);
    CHECK_FALSE(read(body).has_value());
  }
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(read(whole.substr(0, size)).has_value());
  CHECK_FALSE(read(whole + "x").has_value());
}

TEST_CASE("who knows not all of it cannot use the answer", "[pairing]") {
  auto given = terms();
  given.passphrase.reset();
  auto const body = std::string(make_answer(sample(), kIdentity, crypto::fingerprint_of(kIdentity),
                                            fresh_id(sample(), kIdentity), given)
                                    ->body.expose());
  REQUIRE(read(body).has_value());
  CHECK_FALSE(read(body, sample(), crypto::Secret(counting(0x61, 32))).has_value());
  auto request = sample();
  request.secret = crypto::Secret("01234567890123456780");
  CHECK_FALSE(read(body, request).has_value());
  auto const another = crypto::fingerprint_of(crypto::Secret(counting(0x21, 32)));
  CHECK_FALSE(read_answer(sample(), another, kRigKey, body).has_value());
}

TEST_CASE("requests and confirmations are of one size and version", "[pairing]") {
  std::string const request(write(sample()).expose());
  auto const parsed = parse_request(request);
  REQUIRE(parsed.has_value());
  CHECK(write(*parsed) == write(sample()));
  CHECK_FALSE(parse_request(request.substr(1)).has_value());
  CHECK_FALSE(parse_request(request + "x").has_value());
  CHECK_FALSE(parse_request("\2" + request.substr(1)).has_value());
  auto const device = answer().device;
  std::string const confirmation(make_confirmation(device).expose());
  REQUIRE(parse_confirmation(confirmation).has_value());
  CHECK(is_by(*parse_confirmation(confirmation), device));
  CHECK_FALSE(parse_confirmation(confirmation + "x").has_value());
  auto forged = confirmation;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  CHECK_FALSE(is_by(*parse_confirmation(forged), device));
}

TEST_CASE("a key that makes everybody's outcome the same is refused", "[pairing]") {
  auto request = sample();
  request.rig_key.fill(std::byte{0});
  CHECK_FALSE(
      make_answer(request, kIdentity, crypto::fingerprint_of(kIdentity), {}, terms()).has_value());
}
