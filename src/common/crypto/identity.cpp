#include "common/crypto/identity.hpp"

#include <array>
#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace aegis::crypto {

Digest fingerprint_of(const Secret& identity) {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> const key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                   reinterpret_cast<const unsigned char*>(identity.expose().data()),
                                   identity.size()),
      EVP_PKEY_free);
  std::array<unsigned char, 64> encoded{};
  auto* end = encoded.data();
  // Out of memory, or no identity: nothing could go on safely.
  if (!key || i2d_PUBKEY(key.get(), nullptr) > static_cast<int>(encoded.size())) std::abort();
  auto const size = i2d_PUBKEY(key.get(), &end);
  if (size <= 0) std::abort();
  return sha256(std::as_bytes(std::span(encoded.data(), static_cast<std::size_t>(size))));
}

}  // namespace aegis::crypto
