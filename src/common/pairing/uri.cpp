#include "common/pairing/uri.hpp"

#include <algorithm>

#include "common/pairing/byte_text.hpp"

namespace aegis::pairing {
namespace {

constexpr char kVersion = 1;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kMaxUri = 400;
constexpr std::size_t kTokenBytes = 1 + 16 + 32 + kSecretSize;
static_assert(kTokenBytes % 3 == 0, "so that base64 needs no padding");

std::string base64url(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | static_cast<unsigned char>(bytes[i + k]);
    for (int shift = 18; shift >= 0; shift -= 6) out += kAlphabet[three >> shift & 63u];
  }
  return out;
}

// Empty when it is anything else.
std::string from_base64url(std::string_view text) {
  std::string out;
  if (text.size() % 4 != 0) return out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t four = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      auto const value = kAlphabet.find(text[i + k]);
      if (value == std::string_view::npos) return {};
      four = four << 6 | value;
    }
    for (int shift = 16; shift >= 0; shift -= 8) out += static_cast<char>(four >> shift & 0xff);
  }
  return out;
}

}  // namespace

crypto::Secret write_uri(const Uri& uri) {
  std::string token(1, kVersion);
  token += as_text(uri.invitation);
  token += as_text(uri.fingerprint);
  token += uri.secret.expose();
  std::string text(kUriScheme);
  text += to_string(uri.at);
  text += '/';
  text += base64url(token);
  return crypto::Secret(text);
}

Result<Uri> parse_uri(std::string_view text) {
  auto const refuse = [](std::string why) {
    return Error{ErrorKind::kUsage, "pairing code", std::move(why),
                 "make one on the relay: aegis pair new NAME"};
  };
  if (text.size() > kMaxUri || !text.starts_with(kUriScheme))
    return refuse("it is not of the form aegis://HOST:PORT/...");
  text.remove_prefix(kUriScheme.size());
  auto const slash = text.find('/');
  if (slash == std::string_view::npos) return refuse("it is cut off");
  auto at = parse_host_port(text.substr(0, slash), 0);
  if (!at || at->host.empty() || at->port == 0) return refuse("it names no HOST:PORT");
  auto const token = from_base64url(text.substr(slash + 1));
  if (token.empty()) return refuse("a part is missing, or there is too much of it");
  if (token.front() != kVersion) return refuse("it is of a version that this aegis does not know");
  if (token.size() != kTokenBytes) return refuse("a part is missing, or there is too much of it");
  Uri uri;
  uri.at = std::move(*at);
  ByteReader in(std::string_view(token).substr(1));
  in.fill(uri.invitation);
  in.fill(uri.fingerprint);
  uri.secret = crypto::Secret(in.rest());
  return uri;
}

}  // namespace aegis::pairing
