#include "common/config/key_file.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/config/private_file.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kMinKey = 26;  // 130 bits, if each character has 5
constexpr std::size_t kMaxKey = 200;
constexpr std::size_t kMaxFile = 4096;

}  // namespace

Result<crypto::Secret> load_key_file(const std::filesystem::path& file, std::string_view noun) {
  auto const refuse = [&](std::string why) {
    return Error{ErrorKind::kConfiguration, fmt::format("{} {}", noun, quoted(file)),
                 std::move(why),
                 fmt::format("make one: (umask 077; openssl rand -hex 32 > {})", quoted(file))};
  };
  auto const content = read_private_file(file, {noun, kMaxFile, true, true});
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
