#include "common/http/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <fmt/core.h>
#include <openssl/ssl.h>

#include "common/config/private_file.hpp"

namespace aegis::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr config::PrivateFileRules kKeyRules{"TLS key file", 64'000, false, true};

Error bad_file(std::string_view noun, const std::filesystem::path& file, std::string why,
               std::string_view option) {
  return {ErrorKind::kConfiguration, fmt::format("{} {}", noun, config::quoted(file)),
          std::move(why), fmt::format("give a file in PEM: {} FILE", option)};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> server_tls(const std::filesystem::path& certificate,
                                                 const std::filesystem::path& key) {
  auto const secret = config::read_private_file(key, kKeyRules);
  if (!secret) return secret.error();
  if (!secret->has_value())
    return bad_file("TLS key file", key, "there is no such file", "--tls-key");
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // Nobody is asked for a passphrase: the relay runs by itself.
  context->set_password_callback([](std::size_t, auto) { return std::string(); });
  error_code why;
  context->use_certificate_chain_file(certificate.string(), why);
  if (why) return bad_file("TLS certificate file", certificate, why.message(), "--tls-cert");
  auto const pem = (*secret)->expose();
  context->use_private_key(boost::asio::buffer(pem.data(), pem.size()), ssl::context::pem, why);
  if (why)
    return bad_file("TLS key file", key, "it is no key, or not the certificate's", "--tls-key");
  return context;
}

}  // namespace aegis::http
