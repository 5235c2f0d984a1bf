#include "common/http/get.hpp"

#include <curl/curl.h>
#include <fmt/core.h>

#include "common/http/curl_easy.hpp"

namespace aegis::http {
namespace {

struct Body {
  std::string text;
  std::size_t max_bytes = 0;
  bool too_long = false;
};

// libcurl's own signature. Taking less than was given ends the transfer.
std::size_t collect(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& body = *static_cast<Body*>(user);
  auto const bytes = size * count;
  if (body.text.size() + bytes > body.max_bytes) {
    body.too_long = true;
    return 0;
  }
  try {
    body.text.append(data, bytes);
  } catch (...) {
    return 0;
  }
  return bytes;
}

// libcurl takes copies.
void show(CURL* easy, const Access& access) {
  if (access.bearer) {
    std::string const token(access.bearer->expose());
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token.c_str());
  }
  if (!access.ca.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, access.ca.c_str());
}

ErrorKind kind_of(long status) {
  if (status == 401 || status == 403) return ErrorKind::kRefused;
  if (status == 429 || status == 503) return ErrorKind::kTryLater;
  return ErrorKind::kProtocol;
}

}  // namespace

Result<std::string> get(const std::string& url, const GetLimits& limits, const Access& access) {
  auto const easy = make_easy();
  if (!easy) return Error{ErrorKind::kTryLater, url, "no memory for a request", "free -h"};
  Body body;
  body.max_bytes = limits.max_bytes;
  configure_basics(easy.get(), url, limits.connect, limits.total);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &collect);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  show(easy.get(), access);
  auto const code = curl_easy_perform(easy.get());
  if (body.too_long)
    return Error{ErrorKind::kProtocol, url,
                 fmt::format("the answer is longer than {} bytes", limits.max_bytes),
                 "check that an aegis relay answers there"};
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
    return Error{ErrorKind::kUsage, url, "not an http:// or https:// address",
                 "write http://HOST:PORT"};
  if (code != CURLE_OK)
    return Error{ErrorKind::kUnreachable, url, curl_easy_strerror(code),
                 "check that a relay runs there: aegis relay serve"};
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 401)
    return Error{ErrorKind::kRefused, url, "it asks for a key",
                 "show it the relay's: --api-key FILE"};
  if (status != 200)
    return Error{kind_of(status), url, fmt::format("the answer is HTTP status {}", status),
                 "check that an aegis relay answers there"};
  return std::move(body.text);
}

}  // namespace aegis::http
