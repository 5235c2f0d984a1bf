// The pieces that state.toml is read with: strict, and with errors that name the line and never
// repeat a value.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <toml++/toml.h>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

// All errors are kConfiguration.
class TomlReader {
 public:
  // `file`, which is for the messages, outlives it.
  explicit TomlReader(const std::filesystem::path& file) : file_(file) {}

  Error wrong(std::string why, const toml::node* at = nullptr) const;
  Error wrong_at(std::string why, toml::source_position at) const;

  Status check_keys(const toml::table& table, std::initializer_list<std::string_view> known) const;

  // Every table of the list `name`; none when there is no such list.
  template <typename Read>
  Status each(const toml::table& document, std::string_view name, Read read_one) const {
    auto const* list = document.get(name);
    if (list == nullptr) return success();
    if (!list->is_array_of_tables()) return not_tables(name, *list);
    for (auto const& item : *list->as_array())
      if (auto one = read_one(*item.as_table()); !one) return one;
    return success();
  }
  // The table `name` within `table`; null when there is none.
  Result<const toml::table*> table(const toml::table& table, std::string_view name) const;

  // A string of min..max printable characters; an absent one is empty, which min > 0 refuses.
  Result<crypto::Secret> text(const toml::table& table, std::string_view key, std::size_t min,
                              std::size_t max) const;
  // A name, which may be absent where it need not be.
  Result<std::string> name(const toml::table& table, std::string_view key, bool needed) const;
  Result<std::optional<crypto::Secret>> passphrase(const toml::table& table,
                                                   std::string_view key) const;
  // `size` bytes in hexadecimal digits.
  Result<crypto::Secret> bytes(const toml::table& table, std::string_view key,
                               std::size_t size) const;
  Status fill(const toml::table& table, std::string_view key, ByteSpan out) const;
  Result<std::int64_t> number(const toml::table& table, std::string_view key, std::int64_t min,
                              std::int64_t max) const;
  // Seconds since 1970.
  Result<WallTime> time(const toml::table& table, std::string_view key) const;

 private:
  Error not_tables(std::string_view name, const toml::node& list) const;

  const std::filesystem::path& file_;
};

// The writer's side: `key = "value"`. Values hold printable ASCII only, but a quote or a backslash
// may be among it.
void append_text(std::string& out, std::string_view key, std::string_view value);
// The same for bytes(), number() and time().
void append_bytes(std::string& out, std::string_view key, std::string_view bytes);
template <typename Array>
void append_array(std::string& out, std::string_view key, const Array& bytes) {
  append_bytes(out, key,
               std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}
void append_number(std::string& out, std::string_view key, std::int64_t value);
void append_time(std::string& out, std::string_view key, WallTime time);

}  // namespace aegis::config
