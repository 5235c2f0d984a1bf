#include "common/crypto/digest.hpp"

#include <algorithm>
#include <cassert>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace aegis::crypto {
namespace {

constexpr std::size_t kBlock = 64;  // of SHA-256

class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  ~Hasher() { EVP_MD_CTX_free(context_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(ByteView data) { EVP_DigestUpdate(context_, data.data(), data.size()); }
  Digest finish() {
    Digest digest{};
    EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(digest.data()), nullptr);
    return digest;
  }

 private:
  EVP_MD_CTX* context_;
};

std::array<std::byte, kBlock> padded_key(ByteView key, std::byte pad) {
  std::array<std::byte, kBlock> block{};
  if (key.size() > kBlock) {
    auto const digest = sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (auto& b : block) b ^= pad;
  return block;
}

}  // namespace

Digest sha256(ByteView data) {
  Hasher hasher;
  hasher.add(data);
  return hasher.finish();
}

Digest hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
  Hasher inner;
  inner.add(padded_key(key, std::byte{0x36}));
  for (auto const part : parts) inner.add(part);
  auto const inner_digest = inner.finish();
  Hasher outer;
  outer.add(padded_key(key, std::byte{0x5c}));
  outer.add(inner_digest);
  return outer.finish();
}

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aegis::crypto
