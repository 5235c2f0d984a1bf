// What comes to a pairing from outside: the code that a user pastes, and the bodies of HTTP.
#include "common/pairing/exchange.hpp"
#include "common/pairing/uri.hpp"
#include "fuzz/input.hpp"

using namespace aegis;
using fuzz::require;

namespace {

const crypto::Secret kRigKey(std::string(32, 'r'));

void read_code(std::string_view text) {
  auto const uri = pairing::parse_uri(text);
  if (!uri) {
    require(!uri.error().why.empty(), "a refusal has a reason");
    return;
  }
  auto const again = pairing::parse_uri(pairing::write_uri(*uri).expose());
  require(again.ok() && again->at == uri->at && again->secret == uri->secret,
          "a code reads back as written");
}

void read_bodies(std::string_view body) {
  if (auto const request = pairing::parse_request(body))
    require(pairing::write(*request).expose() == body, "a request reads back as written");
  pairing::parse_confirmation(body);
  pairing::Request request{
      {}, crypto::Secret(std::string(pairing::kSecretSize, 's')), crypto::x25519_public(kRigKey)};
  require(!pairing::read_answer(request, {}, kRigKey, body), "no answer is right by chance");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view const text = fuzz::as_text(fuzz::Input(data, size).rest());
  read_code(text);
  read_bodies(text);
  return 0;
}
