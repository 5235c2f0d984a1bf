#include "common/pairing/uri.hpp"

#include <catch2/catch.hpp>

using namespace aegis;
using namespace aegis::pairing;

namespace {

Uri sample() {
  Uri uri;
  uri.at = {"relay.example.org", 5000};
  for (std::size_t i = 0; i < uri.invitation.size(); ++i)
    uri.invitation[i] = static_cast<std::byte>(0x10 + i);
  for (std::size_t i = 0; i < uri.fingerprint.size(); ++i)
    uri.fingerprint[i] = static_cast<std::byte>(0x40 + i);
  uri.secret = crypto::Secret("01234567890123456789");
  return uri;
}

std::string refusal(std::string_view text) {
  auto const uri = parse_uri(text);
  if (uri) return "";
  CHECK(uri.error().kind == ErrorKind::kUsage);
  return uri.error().why;
}

}  // namespace

TEST_CASE("a pairing code as aegis-pair(7) shows it", "[pairing]") {
  CHECK(write_uri(sample()).expose() ==
        "aegis://relay.example.org:5000/"
        "ARAREhMUFRYXGBkaGxwdHh9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eXzAxMjM0NTY3ODkwMTIzNDU2"
        "Nzg5");
  auto const again = parse_uri(write_uri(sample()).expose());
  REQUIRE(again.ok());
  CHECK(again->at == sample().at);
  CHECK(again->invitation == sample().invitation);
  CHECK(again->fingerprint == sample().fingerprint);
  CHECK(again->secret == sample().secret);
}

TEST_CASE("an IPv6 host stands in brackets", "[pairing]") {
  auto uri = sample();
  uri.at = {"2001:db8::1", 5000};
  auto const text = write_uri(uri);
  CHECK(text.expose().starts_with("aegis://[2001:db8::1]:5000/"));
  CHECK(parse_uri(text.expose())->at == uri.at);
}

TEST_CASE("anything but a whole code is refused", "[pairing]") {
  std::string const whole(write_uri(sample()).expose());
  CHECK(refusal("") == "it is not of the form aegis://HOST:PORT/...");
  CHECK(refusal("https" + whole.substr(5)) == "it is not of the form aegis://HOST:PORT/...");
  CHECK(refusal("aegis://relay.example.org:5000") == "it is cut off");
  CHECK(refusal("aegis:///" + whole.substr(31)) == "it names no HOST:PORT");
  CHECK(refusal("aegis://relay.example.org/" + whole.substr(31)) == "it names no HOST:PORT");
  for (std::size_t size = 31; size < whole.size(); ++size)
    CHECK_FALSE(refusal(whole.substr(0, size)).empty());
  CHECK_FALSE(refusal(whole + "A").empty());
  CHECK_FALSE(refusal(whole + "AAAA").empty());
  CHECK_FALSE(refusal(whole + " ").empty());
  auto other = whole;
  other[31 + 8] = '+';
  CHECK_FALSE(refusal(other).empty());
  other = whole;
  other[32] = 'g';  // the version's lower bits
  CHECK(refusal(other) == "it is of a version that this aegis does not know");
}
