// Keys that two ends agree on: X25519 (RFC 7748) and HKDF with SHA-256 (RFC 5869), over OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::crypto {

using PublicKey = std::array<std::byte, 32>;

// The public key that belongs to a private one of 32 random bytes.
PublicKey x25519_public(const Secret& private_key);
// What both ends get from their own private and the other's public key: 32 bytes, only to be used
// through hkdf(). Nothing when `theirs` is one of the points that make the outcome the same for
// everybody (RFC 7748 section 6.1).
std::optional<Secret> x25519_shared(const Secret& private_key, const PublicKey& theirs);

// `size` bytes (at most 255 * 32) from the secrets `first` and `second`, in this order, for one
// purpose.
Secret hkdf(const Secret& first, const Secret& second, ByteView salt, ByteView purpose,
            std::size_t size);

}  // namespace aegis::crypto
