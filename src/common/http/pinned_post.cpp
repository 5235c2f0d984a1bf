#include "common/http/pinned_post.hpp"

#include <array>

#include <curl/curl.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include "common/http/curl_easy.hpp"

namespace aegis::http {
namespace {

constexpr std::size_t kMaxBody = 4096;

std::string pin_of(const crypto::Digest& fingerprint) {
  std::array<unsigned char, 64> text{};
  auto const size =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(fingerprint.data()),
                      static_cast<int>(fingerprint.size()));
  return "sha256//" + std::string(text.begin(), text.begin() + size);
}

// libcurl's own signature. Taking less than was given ends the transfer; no memory is moved, since
// it may hold a secret.
std::size_t collect(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& body = *static_cast<std::string*>(user);
  auto const bytes = size * count;
  if (body.size() + bytes > kMaxBody) return 0;
  body.append(data, bytes);
  return bytes;
}

Error error_of(CURLcode code, const HostPort& at) {
  auto const where = to_string(at);
  switch (code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {ErrorKind::kRefused, where, "what answers there is not the relay that is meant",
              "somebody may be in between, or the relay has lost its state: ask who runs it"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_WRITE_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {ErrorKind::kProtocol, where, "what answers there is no relay that pairs",
              fmt::format("is {} the TCP port of its --pair-listen?", at.port)};
    default:
      return {
          ErrorKind::kUnreachable, where, curl_easy_strerror(code),
          fmt::format("does the relay run, and does its firewall let TCP port {} in?", at.port)};
  }
}

}  // namespace

Result<PinnedAnswer> post_pinned(const PinnedPost& request) {
  auto const easy = make_easy();
  if (!easy)
    return Error{ErrorKind::kTryLater, to_string(request.at), "no memory for a request", "free -h"};
  configure_basics(easy.get(), fmt::format("https://{}{}", to_string(request.at), request.path),
                   request.patience, request.patience);
  auto const pin = pin_of(request.fingerprint);
  std::string body;
  body.reserve(kMaxBody);
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  // The key is what the server is known by; its certificate says nothing else.
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_PINNEDPUBLICKEY, pin.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_POST, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, request.body.expose().data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &collect);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  auto const code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return error_of(code, request.at);
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return PinnedAnswer{static_cast<int>(status), crypto::Secret(body)};
}

}  // namespace aegis::http
