#include "common/http/post.hpp"

#include <memory>

#include <curl/curl.h>
#include <fmt/core.h>

#include "common/http/curl_easy.hpp"

namespace aegis::http {
namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (auto const& line : lines) {
    auto* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return nullptr;
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

std::size_t discard(char*, std::size_t size, std::size_t count, void*) noexcept {
  return size * count;
}

int should_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  auto const& give_up = static_cast<const Post*>(user)->give_up;
  return give_up && give_up() ? 1 : 0;
}

void configure(CURL* easy, const Post& request, curl_slist* headers) {
  configure_basics(easy, request.url, request.patience, request.patience);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &discard);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &should_stop);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &request);
}

}  // namespace

Status post(const Post& request) {
  auto const failed = [](ErrorKind kind, std::string why) {
    return Error{kind, "HTTP POST", std::move(why), "curl -v shows what happens there"};
  };
  auto const easy = make_easy();
  auto const headers = list_of(request.headers);
  if (!easy || (!headers && !request.headers.empty()))
    return failed(ErrorKind::kTryLater, "no memory for a request");
  configure(easy.get(), request, headers.get());
  auto const code = curl_easy_perform(easy.get());
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
    return failed(ErrorKind::kUsage, "not an http:// or https:// address");
  if (code != CURLE_OK) return failed(ErrorKind::kUnreachable, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return success();
  return failed(ErrorKind::kProtocol, fmt::format("the answer is HTTP status {}", status));
}

}  // namespace aegis::http
