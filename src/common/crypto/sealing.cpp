#include "common/crypto/sealing.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace aegis::crypto {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::uint32_t kMinLogN = 10, kMaxLogN = 18, kOnlyR = 8, kMaxP = 4;

struct Free {
  void operator()(EVP_KDF* it) const { EVP_KDF_free(it); }
  void operator()(EVP_KDF_CTX* it) const { EVP_KDF_CTX_free(it); }
  void operator()(EVP_CIPHER_CTX* it) const { EVP_CIPHER_CTX_free(it); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free>;

// Out of memory or a library without the algorithm: nothing could go on safely.
void require(bool success) {
  if (!success) std::abort();
}

const unsigned char* raw(const void* bytes) {
  return static_cast<const unsigned char*>(bytes);
}

unsigned char* raw(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

OSSL_PARAM octets(const char* name, const void* data, std::size_t size) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
}

}  // namespace

bool is_bearable(const ScryptCost& cost) {
  return cost.log_n >= kMinLogN && cost.log_n <= kMaxLogN && cost.r == kOnlyR && cost.p >= 1 &&
         cost.p <= kMaxP;
}

std::optional<SealingKey> sealing_key(const Secret& passphrase, ByteView salt,
                                      const ScryptCost& cost) {
  require(is_bearable(cost));
  std::unique_ptr<EVP_KDF, Free> const method(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr));
  std::unique_ptr<EVP_KDF_CTX, Free> const context(EVP_KDF_CTX_new(method.get()));
  std::uint64_t n = 1ULL << cost.log_n;
  // What RFC 7914 needs is a little more than 128 * N * r.
  std::uint64_t memory = 128 * cost.r * (n + cost.p + 2);
  auto r = cost.r, p = cost.p;
  OSSL_PARAM const parameters[] = {
      octets(OSSL_KDF_PARAM_PASSWORD, passphrase.expose().data(), passphrase.size()),
      octets(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
      OSSL_PARAM_construct_end()};
  SealingKey out;
  std::string bytes(kKeySize + out.nonce.size(), '\0');
  bool const made = EVP_KDF_derive(context.get(), raw(bytes), bytes.size(), parameters) == 1;
  if (made) {
    out.key = Secret(std::string_view(bytes).substr(0, kKeySize));
    auto const nonce = std::as_bytes(std::span(bytes)).subspan(kKeySize);
    std::copy(nonce.begin(), nonce.end(), out.nonce.begin());
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return made ? std::optional(std::move(out)) : std::nullopt;
}

std::string seal(const SealingKey& key, ByteView header, const Secret& content) {
  Cipher const cipher(EVP_CIPHER_CTX_new());
  std::string out(content.size() + kSealingTag, '\0');
  int size = 0;
  require(cipher != nullptr &&
          EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key.key.expose().data()),
                             raw(key.nonce.data())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), nullptr, &size, raw(header.data()),
                            static_cast<int>(header.size())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), raw(out), &size, raw(content.expose().data()),
                            static_cast<int>(content.size())) == 1 &&
          EVP_EncryptFinal_ex(cipher.get(), raw(out) + size, &size) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kSealingTag,
                              raw(out) + content.size()) == 1);
  return out;
}

std::optional<Secret> unseal(const SealingKey& key, ByteView header, ByteView sealed) {
  if (sealed.size() < kSealingTag) return std::nullopt;
  Cipher const cipher(EVP_CIPHER_CTX_new());
  auto const content = sealed.first(sealed.size() - kSealingTag);
  auto const tag = sealed.last(kSealingTag);
  std::string out(content.size(), '\0');
  int size = 0;
  require(cipher != nullptr &&
          EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key.key.expose().data()),
                             raw(key.nonce.data())) == 1 &&
          EVP_DecryptUpdate(cipher.get(), nullptr, &size, raw(header.data()),
                            static_cast<int>(header.size())) == 1 &&
          EVP_DecryptUpdate(cipher.get(), raw(out), &size, raw(content.data()),
                            static_cast<int>(content.size())) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kSealingTag,
                              const_cast<std::byte*>(tag.data())) == 1);
  std::optional<Secret> opened;
  if (EVP_DecryptFinal_ex(cipher.get(), raw(out) + size, &size) == 1) opened = Secret(out);
  OPENSSL_cleanse(out.data(), out.size());
  return opened;
}

}  // namespace aegis::crypto
