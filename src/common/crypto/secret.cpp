#include "common/crypto/secret.hpp"

#include <utility>

#include <openssl/crypto.h>

namespace aegis::crypto {

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  other.wipe();
}

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe();
  bytes_ = other.bytes_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = other.bytes_;
  other.wipe();
  return *this;
}

Secret::~Secret() {
  wipe();
}

bool Secret::equals(const Secret& other) const {
  return bytes_.size() == other.bytes_.size() &&
         CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

void Secret::wipe() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

}  // namespace aegis::crypto
