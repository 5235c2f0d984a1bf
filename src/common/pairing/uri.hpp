// The one-time code that a relay's operator hands to a rig's: aegis://HOST:PORT/TOKEN, where the
// token holds, in base64url (RFC 4648 section 5, no padding), version 1, the invitation's id (16
// bytes), the relay's fingerprint (32) and the secret (20).
#pragma once

#include <string_view>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"
#include "common/pairing/exchange.hpp"

namespace aegis::pairing {

struct Uri {
  HostPort at;  // of the relay's pairing listener, by TCP
  Id invitation{};
  crypto::Digest fingerprint{};  // SHA-256 of the relay's SubjectPublicKeyInfo
  crypto::Secret secret;
};

inline constexpr std::string_view kUriScheme = "aegis://";

crypto::Secret write_uri(const Uri& uri);
// Strict: what write_uri() writes and nothing else. kUsage otherwise, without a word of the text.
Result<Uri> parse_uri(std::string_view text);

}  // namespace aegis::pairing
