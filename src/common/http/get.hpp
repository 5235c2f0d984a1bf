// One HTTP GET with an end: for figures of a relay, not for large things. The user of libcurl.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::http {

struct GetLimits {
  Duration connect = 1s;
  Duration total = 3s;
  std::size_t max_bytes = 4'000'000;
};

// The body of a 200 answer. Blocks, at most `limits.total`. Follows no redirection, uses no proxy
// and speaks nothing but HTTP. kUnreachable when nothing answers, kRefused on 401 and 403,
// kTryLater on 429 and 503, kProtocol on anything else.
Result<std::string> get(const std::string& url, const GetLimits& limits);

}  // namespace aegis::http
