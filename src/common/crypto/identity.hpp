// Who a relay is to the rigs that pair with it: an Ed25519 key (RFC 8032), over OpenSSL.
#pragma once

#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::crypto {

inline constexpr std::size_t kIdentitySize = 32;

// SHA-256 of the SubjectPublicKeyInfo (RFC 8410) of the identity's public key, as a certificate
// holds it. `identity` is kIdentitySize random bytes, the private key.
Digest fingerprint_of(const Secret& identity);

}  // namespace aegis::crypto
