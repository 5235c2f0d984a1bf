// What every request by libcurl begins with. Included by this room's sources only.
#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "common/base/time.hpp"

namespace aegis::http {

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;

// Starts the library at its first call. Null when there is no memory. Thread-safe.
Easy make_easy();

// HTTP and HTTPS only, no proxy, no redirection, no signals, and an end. libcurl copies the URL.
void configure_basics(CURL* easy, const std::string& url, Duration connect, Duration total);

}  // namespace aegis::http
