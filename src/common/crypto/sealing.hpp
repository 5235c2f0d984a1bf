// Bytes behind a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) seals,
// both of OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/bytes.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::crypto {

// What trying one passphrase costs: 128 * 2^log_n * r bytes of memory, and p times the work.
struct ScryptCost {
  std::uint32_t log_n = 16, r = 8, p = 2;  // 64 MiB, half a second of a small computer
};
// From next to nothing to 256 MiB: what a stranger's file may ask of us.
bool is_bearable(const ScryptCost& cost);

inline constexpr std::size_t kSealingTag = 16;

// Good for one use of seal(): each needs a salt of its own.
struct SealingKey {
  Secret key;
  std::array<std::byte, 12> nonce{};
};
// `cost` is bearable. Nothing when there is no memory for it.
std::optional<SealingKey> sealing_key(const Secret& passphrase, ByteView salt,
                                      const ScryptCost& cost);

// The sealed content with its tag of kSealingTag bytes behind it; `header` is proved, not hidden.
std::string seal(const SealingKey& key, ByteView header, const Secret& content);
// The content; nothing when the key is another, or anything was changed.
std::optional<Secret> unseal(const SealingKey& key, ByteView header, ByteView sealed);

}  // namespace aegis::crypto
