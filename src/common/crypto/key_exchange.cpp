#include "common/crypto/key_exchange.hpp"

#include <cstdlib>
#include <memory>
#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace aegis::crypto {
namespace {

struct Free {
  void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
  void operator()(EVP_PKEY_CTX* it) const { EVP_PKEY_CTX_free(it); }
  void operator()(EVP_KDF* it) const { EVP_KDF_free(it); }
  void operator()(EVP_KDF_CTX* it) const { EVP_KDF_CTX_free(it); }
};
template <typename T>
using Handle = std::unique_ptr<T, Free>;

constexpr std::size_t kKeySize = std::tuple_size_v<PublicKey>;

// Out of memory or a library without the algorithm: nothing could go on safely.
void require(bool success) {
  if (!success) std::abort();
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Handle<EVP_PKEY> private_handle(const Secret& key) {
  Handle<EVP_PKEY> handle(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw(key.expose()), key.size()));
  require(handle != nullptr && key.size() == kKeySize);
  return handle;
}

// A temporary that is wiped.
struct Scratch {
  explicit Scratch(std::size_t size) : bytes(size, '\0') {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  unsigned char* data() { return reinterpret_cast<unsigned char*>(bytes.data()); }
  std::string bytes;
};

OSSL_PARAM octets(const char* name, const void* data, std::size_t size) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
}

}  // namespace

PublicKey x25519_public(const Secret& private_key) {
  PublicKey key{};
  std::size_t size = key.size();
  require(EVP_PKEY_get_raw_public_key(private_handle(private_key).get(),
                                      reinterpret_cast<unsigned char*>(key.data()), &size) == 1);
  return key;
}

std::optional<Secret> x25519_shared(const Secret& private_key, const PublicKey& theirs) {
  auto const ours = private_handle(private_key);
  Handle<EVP_PKEY> const peer(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_X25519, nullptr, reinterpret_cast<const unsigned char*>(theirs.data()), kKeySize));
  Handle<EVP_PKEY_CTX> const context(EVP_PKEY_CTX_new(ours.get(), nullptr));
  require(peer != nullptr && context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
  Scratch shared(kKeySize);
  std::size_t size = kKeySize;
  // OpenSSL refuses the outcome that is all zero, which those points make.
  if (EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.data(), &size) != 1)
    return std::nullopt;
  return Secret(shared.bytes);
}

Secret hkdf(const Secret& first, const Secret& second, ByteView salt, ByteView purpose,
            std::size_t size) {
  Scratch input(first.size() + second.size());
  first.expose().copy(input.bytes.data(), first.size());
  second.expose().copy(input.bytes.data() + first.size(), second.size());
  Handle<EVP_KDF> const method(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  Handle<EVP_KDF_CTX> const context(EVP_KDF_CTX_new(method.get()));
  std::string digest = "SHA256";
  OSSL_PARAM const parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, input.bytes.data(), input.bytes.size()),
      octets(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      octets(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()), OSSL_PARAM_construct_end()};
  Scratch out(size);
  require(EVP_KDF_derive(context.get(), out.data(), size, parameters) == 1);
  return Secret(out.bytes);
}

}  // namespace aegis::crypto
