// One HTTPS POST to a server that is known by its key alone: for pairing.
#pragma once

#include <string>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::http {

struct PinnedPost {
  HostPort at;
  std::string path;
  crypto::Digest fingerprint{};  // SHA-256 of the server's SubjectPublicKeyInfo
  crypto::Secret body;
  Duration patience = 10s;
};
struct PinnedAnswer {
  int status = 0;
  crypto::Secret body;  // at most 4096 bytes
};

// Blocks until it is answered, with whatever status. By TLS 1.3, without a proxy; nothing is sent
// to a server of another key: kRefused. kUnreachable when nothing answers in time, kProtocol when
// what answers is no HTTPS server.
Result<PinnedAnswer> post_pinned(const PinnedPost& request);

}  // namespace aegis::http
