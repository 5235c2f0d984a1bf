#include "common/http/identity_tls.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace aegis::http {
namespace {

struct Free {
  void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
  void operator()(X509* it) const { X509_free(it); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

// Good for ever: what ends is the pairing.
Certificate certificate_of(EVP_PKEY* key) {
  Certificate made(X509_new());
  if (!made) return nullptr;
  auto* const x509 = made.get();
  auto* const name = X509_get_subject_name(x509);
  auto const* const common = reinterpret_cast<const unsigned char*>("aegis relay");
  bool const complete =
      X509_set_version(x509, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1 &&
      ASN1_TIME_set_string(X509_getm_notBefore(x509), "20000101000000Z") == 1 &&
      ASN1_TIME_set_string(X509_getm_notAfter(x509), "99991231235959Z") == 1 &&
      X509_set_pubkey(x509, key) == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
      X509_set_issuer_name(x509, name) == 1 && X509_sign(x509, key, nullptr) > 0;
  return complete ? std::move(made) : nullptr;
}

}  // namespace

std::shared_ptr<boost::asio::ssl::context> identity_tls(const crypto::Secret& identity) {
  Key const key(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(identity.expose().data()),
      identity.size()));
  auto const certificate = key ? certificate_of(key.get()) : nullptr;
  if (!certificate) return nullptr;
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  auto* const native = context->native_handle();
  bool const usable = SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) == 1 &&
                      SSL_CTX_use_certificate(native, certificate.get()) == 1 &&
                      SSL_CTX_use_PrivateKey(native, key.get()) == 1;
  return usable ? context : nullptr;
}

}  // namespace aegis::http
