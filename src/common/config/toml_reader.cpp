#include "common/config/toml_reader.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/config/private_file.hpp"
#include "common/config/state.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kMinPassphrase = 10, kMaxPassphrase = 79;  // libsrt's own limits
constexpr std::int64_t kLatest = 253'402'300'799;                // the end of the year 9999
constexpr std::string_view kDigits = "0123456789abcdef";

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 40));
  for (char& c : out)
    if (c < 32 || c > 126) c = '?';
  return out;
}

}  // namespace

Error TomlReader::wrong(std::string why, const toml::node* at) const {
  return wrong_at(std::move(why), at != nullptr ? at->source().begin : toml::source_position{});
}

Error TomlReader::wrong_at(std::string why, toml::source_position at) const {
  auto const where = at.line == 0 ? std::string() : fmt::format(", line {}", at.line);
  return {ErrorKind::kConfiguration, fmt::format("state file {}{}", quoted(file_), where),
          std::move(why), fmt::format("correct it or put a copy of it back: {}", quoted(file_))};
}

Error TomlReader::not_tables(std::string_view name, const toml::node& list) const {
  return wrong(fmt::format("{0}: not a [[{0}]] table", name), &list);
}

Status TomlReader::check_keys(const toml::table& table,
                              std::initializer_list<std::string_view> known) const {
  for (auto const& [key, node] : table)
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      return wrong(fmt::format("unknown key '{}'", printable(key.str())), &node);
  return success();
}

Result<const toml::table*> TomlReader::table(const toml::table& table,
                                             std::string_view name) const {
  auto const* node = table.get(name);
  if (node == nullptr) return static_cast<const toml::table*>(nullptr);
  if (node->as_table() == nullptr) return wrong(fmt::format("'{}' is not a table", name), node);
  return node->as_table();
}

Result<crypto::Secret> TomlReader::text(const toml::table& table, std::string_view key,
                                        std::size_t min, std::size_t max) const {
  auto const* node = table.get(key);
  if (node == nullptr)
    return min == 0 ? Result<crypto::Secret>(crypto::Secret())
                    : Result<crypto::Secret>(wrong(fmt::format("'{}' is missing", key), &table));
  auto const* found = node->as_string();
  if (found == nullptr) return wrong(fmt::format("'{}' is not a text", key), node);
  std::string_view const value = found->get();
  if (value.size() < min || value.size() > max)
    return wrong(fmt::format("'{}' is not {} to {} characters long", key, min, max), node);
  bool const clean =
      std::all_of(value.begin(), value.end(), [](char c) { return c > 32 && c < 127; });
  if (!clean) return wrong(fmt::format("'{}' holds a character it may not", key), node);
  return crypto::Secret(value);
}

Result<std::string> TomlReader::name(const toml::table& table, std::string_view key,
                                     bool needed) const {
  if (!needed && !table.contains(key)) return std::string();
  auto const found = text(table, key, 1, 32);
  if (!found) return found.error();
  if (auto const fit = check_name(found->expose(), key); !fit)
    return wrong(fmt::format("'{}': {}", key, fit.error().why), table.get(key));
  return std::string(found->expose());
}

Result<std::optional<crypto::Secret>> TomlReader::passphrase(const toml::table& table,
                                                             std::string_view key) const {
  if (!table.contains(key)) return std::optional<crypto::Secret>();
  auto found = text(table, key, kMinPassphrase, kMaxPassphrase);
  if (!found) return found.error();
  return std::optional<crypto::Secret>(std::move(*found));
}

Result<crypto::Secret> TomlReader::bytes(const toml::table& table, std::string_view key,
                                         std::size_t size) const {
  auto const found = text(table, key, 2 * size, 2 * size);
  if (!found) return found.error();
  std::string out;
  out.reserve(size);
  auto const digits = found->expose();
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    auto const high = kDigits.find(digits[i]), low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return wrong(fmt::format("'{}' is not {} hexadecimal digits", key, 2 * size), table.get(key));
    out += static_cast<char>(high << 4 | low);
  }
  return crypto::Secret(out);
}

Status TomlReader::fill(const toml::table& table, std::string_view key, ByteSpan out) const {
  auto const found = bytes(table, key, out.size());
  if (!found) return found.error();
  auto const text = found->expose();
  std::transform(text.begin(), text.end(), out.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return success();
}

Result<std::int64_t> TomlReader::number(const toml::table& table, std::string_view key,
                                        std::int64_t min, std::int64_t max) const {
  auto const* node = table.get(key);
  if (node == nullptr) return wrong(fmt::format("'{}' is missing", key), &table);
  auto const value = node->value_exact<std::int64_t>();
  if (!value || *value < min || *value > max)
    return wrong(fmt::format("'{}' is not a number from {} to {}", key, min, max), node);
  return *value;
}

Result<WallTime> TomlReader::time(const toml::table& table, std::string_view key) const {
  auto const seconds = number(table, key, 0, kLatest);
  if (!seconds) return seconds.error();
  return WallTime(std::chrono::seconds(*seconds));
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  out += " = \"";
  for (char const c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += "\"\n";
}

void append_bytes(std::string& out, std::string_view key, std::string_view bytes) {
  out += key;
  out += " = \"";
  for (char const c : bytes) {
    auto const value = static_cast<unsigned char>(c);
    out += kDigits[value >> 4];
    out += kDigits[value & 0xf];
  }
  out += "\"\n";
}

void append_number(std::string& out, std::string_view key, std::int64_t value) {
  out += fmt::format("{} = {}\n", key, value);
}

void append_time(std::string& out, std::string_view key, WallTime time) {
  append_number(out, key,
                std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace aegis::config
