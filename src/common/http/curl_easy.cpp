#include "common/http/curl_easy.hpp"

#include <mutex>

namespace aegis::http {

Easy make_easy() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return Easy(curl_easy_init());
}

void configure_basics(CURL* easy, const std::string& url, Duration connect, Duration total) {
  auto const ms = [](Duration duration) { return static_cast<long>(duration / 1ms); };
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms(connect));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms(total));
}

}  // namespace aegis::http
