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

std::string to_hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (auto const byte : digest) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 0xf];
  }
  return text;
}

std::optional<Digest> parse_digest(std::string_view text) {
  Digest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    bool const digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    auto const value = static_cast<unsigned>(digit ? c - '0' : c - 'a' + 10);
    digest[i / 2] = static_cast<std::byte>(std::to_integer<unsigned>(digest[i / 2]) << 4 | value);
  }
  return digest;
}

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aegis::crypto
