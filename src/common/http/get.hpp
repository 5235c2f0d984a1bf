// One HTTP GET with an end: for figures of a relay, not for large things.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::http {

struct GetLimits {
  Duration connect = 1s;
  Duration total = 3s;
  std::size_t max_bytes = 4'000'000;
};

// What the server is shown, and trusted by.
struct Access {
  std::optional<crypto::Secret> bearer;  // sent as it is: the URL says whether in clear
  std::filesystem::path ca;              // certificates in PEM; empty: those that the host trusts
};

// The body of a 200 answer. Blocks, at most `limits.total`. Follows no redirection, uses no proxy
// and speaks nothing but HTTP and HTTPS. kUnreachable when nothing answers, kRefused on 401 and
// 403, kTryLater on 429 and 503, kProtocol on anything else.
Result<std::string> get(const std::string& url, const GetLimits& limits, const Access& access = {});

}  // namespace aegis::http
