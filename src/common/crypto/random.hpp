// Bytes from the operating system's generator, by way of OpenSSL.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/bytes.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::crypto {

// Fills `out`. Ends the process if there is no randomness to be had: nothing could go on safely.
void random_bytes(ByteSpan out);

// `bits` of randomness (a multiple of 5, at least 130) in Crockford base 32, lower case: safe in
// stream ids, URLs and on a phone keyboard, with no bias (each character is 5 fresh bits).
Secret random_token(int bits = 160);

}  // namespace aegis::crypto
