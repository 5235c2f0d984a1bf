// Message digests and keyed tags, over OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace aegis::crypto {

using Digest = std::array<std::byte, 32>;

Digest sha256(ByteView data);
// HMAC-SHA256 (RFC 2104) over the parts in order.
Digest hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);
// 64 hexadecimal digits in lower case, and back; nothing when the text is anything else.
std::string to_hex(const Digest& digest);
std::optional<Digest> parse_digest(std::string_view text);
// Constant-time comparison; false when the lengths differ.
bool equal(ByteView a, ByteView b);

}  // namespace aegis::crypto
