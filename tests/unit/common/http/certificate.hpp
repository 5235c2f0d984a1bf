// A self-signed certificate of 127.0.0.1 and its key, in files, for a test's own server.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>

#include <catch2/catch.hpp>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace aegis::test {

class Certificate {
 public:
  Certificate() {
    Key const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    X509Pointer const made(X509_new(), X509_free);
    REQUIRE(key);
    REQUIRE(made);
    auto* x509 = made.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key.get());
    auto* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x509, name);
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    REQUIRE(X509_sign(x509, key.get(), EVP_sha256()) > 0);
    File const certificate(std::fopen(file().c_str(), "w"), std::fclose);
    REQUIRE(PEM_write_X509(certificate.get(), x509) == 1);
    File const secret(std::fopen(key_file().c_str(), "w"), std::fclose);
    REQUIRE(::chmod(key_file().c_str(), 0600) == 0);
    REQUIRE(PEM_write_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
            1);
  }

  std::filesystem::path file() const { return directory_ / "cert.pem"; }
  std::filesystem::path key_file() const { return directory_ / "key.pem"; }

 private:
  using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
  using X509Pointer = std::unique_ptr<X509, void (*)(X509*)>;
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  TempDir directory_;
};

}  // namespace aegis::test
