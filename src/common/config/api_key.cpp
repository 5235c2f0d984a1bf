#include "common/config/api_key.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/config/private_file.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kMinKey = 26;  // 130 bits, if each character has 5
constexpr std::size_t kMaxKey = 200;
constexpr PrivateFileRules kRules{"API key file", 4096, true, true};

}  // namespace

Result<crypto::Secret> load_api_key(const std::filesystem::path& file) {
  auto const refuse = [&](std::string why) {
    return Error{ErrorKind::kConfiguration, fmt::format("API key file {}", quoted(file)),
                 std::move(why),
                 fmt::format("make one: (umask 077; openssl rand -hex 32 > {})", quoted(file))};
  };
  auto const content = read_private_file(file, kRules);
  if (!content) return content.error();
  if (!content->has_value()) return refuse("there is no such file");
  auto text = (*content)->expose();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() < kMinKey || text.size() > kMaxKey)
    return refuse(fmt::format("a key has {} to {} characters", kMinKey, kMaxKey));
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 32 && c < 127; }))
    return refuse("a key is one line without blanks");
  return crypto::Secret(text);
}

}  // namespace aegis::config
