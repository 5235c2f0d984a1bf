#include "common/crypto/random.hpp"

#include <cstdlib>
#include <vector>

#include <openssl/rand.h>

namespace aegis::crypto {

void random_bytes(ByteSpan out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1)
    std::abort();
}

Secret random_token(int bits) {
  static constexpr char kAlphabet[] =
      "0123456789abcdefghjkmnpqrstvwxyz";  // 32 symbols: 5 bits each
  std::vector<std::byte> fresh(static_cast<std::size_t>((bits + 4) / 5));
  random_bytes(fresh);
  std::string text;
  text.reserve(fresh.size());
  for (std::byte const b : fresh) text.push_back(kAlphabet[std::to_integer<unsigned>(b) & 31u]);
  return Secret(text);
}

}  // namespace aegis::crypto
