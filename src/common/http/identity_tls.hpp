// TLS by which rigs know a relay: a certificate that it makes for itself, from its identity.
#pragma once

#include <memory>

#include "common/crypto/secret.hpp"

namespace boost::asio::ssl {
class context;
}

namespace aegis::http {

// TLS 1.3 with a certificate of the identity's key (crypto/identity.hpp). Nothing in it is of use
// but the key: rigs compare its fingerprint and nothing else. Null when the key is none.
std::shared_ptr<boost::asio::ssl::context> identity_tls(const crypto::Secret& identity);

}  // namespace aegis::http
