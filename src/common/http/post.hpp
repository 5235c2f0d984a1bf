// One HTTP POST: for telling another program what happened.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::http {

struct Post {
  std::string url;  // http:// or https://
  std::string_view body;
  std::vector<std::string> headers;  // "Name: value"
  Duration patience{};
  std::function<bool()> give_up;  // asked about once a second
};

// Blocks until it is answered. Follows no redirection, uses no proxy, and leaves what is answered
// unread. kUsage when the URL is none, kUnreachable when nothing answers in time, kProtocol on any
// status but 200 to 299. Errors do not repeat the URL, which may hold a secret.
Status post(const Post& request);

}  // namespace aegis::http
