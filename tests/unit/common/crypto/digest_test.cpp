#include "common/crypto/digest.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace aegis::crypto {
namespace {

std::vector<std::byte> bytes_of(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at < hex.size(); at += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  return bytes;
}

std::string repeated(const std::string& hex, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += hex;
  return all;
}

ByteView view(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("SHA-256 of the FIPS 180 examples", "[crypto]") {
  CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(view("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231, test cases 1 to 4, 6 and 7.
TEST_CASE("HMAC-SHA-256 of RFC 4231", "[crypto]") {
  struct Case {
    std::string key, data, tag;
  };
  auto const hex_text = [](const std::string& text) {
    std::string hex;
    for (char const c : text) {
      static constexpr char kDigits[] = "0123456789abcdef";
      hex += kDigits[static_cast<unsigned char>(c) >> 4];
      hex += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return hex;
  };
  for (auto const& [key, data, tag] : std::vector<Case>{
           {repeated("0b", 20), hex_text("Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
           {hex_text("Jefe"), hex_text("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
           {repeated("aa", 20), repeated("dd", 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
           {"0102030405060708090a0b0c0d0e0f10111213141516171819", repeated("cd", 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
           {repeated("aa", 131), hex_text("Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
           {repeated("aa", 131),
            hex_text("This is a test using a larger than block-size key and a larger than "
                     "block-size data. The key needs to be hashed before being used by the HMAC "
                     "algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}}) {
    auto const k = bytes_of(key);
    auto const d = bytes_of(data);
    CHECK(to_hex(hmac_sha256(k, {d})) == tag);
    // The parts in order are the whole.
    auto const whole = ByteView(d);
    CHECK(to_hex(hmac_sha256(k, {whole.first(3), whole.subspan(3, 1), {}, whole.subspan(4)})) ==
          tag);
  }
}

TEST_CASE("keys of just the block size, and one more", "[crypto]") {
  std::vector<std::byte> const block(64, std::byte{0x61}), longer(65, std::byte{0x61});
  auto const data = std::string("data");
  CHECK(hmac_sha256(block, {view(data)}) != hmac_sha256(longer, {view(data)}));
  auto const hashed = sha256(longer);
  CHECK(hmac_sha256(longer, {view(data)}) == hmac_sha256(hashed, {view(data)}));
}

TEST_CASE("constant-time equality is equality", "[crypto]") {
  CHECK(equal(view("abc"), view("abc")));
  CHECK_FALSE(equal(view("abc"), view("abd")));
  CHECK_FALSE(equal(view("abc"), view("abcd")));
  CHECK(equal({}, {}));
}

TEST_CASE("a digest goes to hexadecimal text and back") {
  auto const digest = sha256({});
  auto const text = to_hex(digest);
  CHECK(text == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(parse_digest(text) == digest);
  for (auto const& wrong :
       {text.substr(1), text + "0", "g" + text.substr(1), "E" + text.substr(1), std::string()})
    CHECK_FALSE(parse_digest(wrong));
}

}  // namespace aegis::crypto
