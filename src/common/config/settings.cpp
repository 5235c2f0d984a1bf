#include "common/config/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include <fmt/core.h>
#include <toml++/toml.h>

#include "common/config/private_file.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kMaxSize = 256'000;

Error bad_file(const std::filesystem::path& file, unsigned line, std::string why) {
  auto const where = line == 0 ? quoted(file) : fmt::format("{}, line {}", quoted(file), line);
  return {ErrorKind::kConfiguration, where, std::move(why),
          "correct the file; man aegis tells its form"};
}

// A single value as text; nothing for what no option takes (dates, tables in lists).
std::optional<std::string> text_of(const toml::node& node) {
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* number = node.as_integer()) return std::to_string(number->get());
  if (auto const* number = node.as_floating_point()) return fmt::format("{}", number->get());
  return std::nullopt;
}

Result<Setting> read_setting(const std::filesystem::path& file, const toml::node& node,
                             const std::vector<std::string>& table, std::string key) {
  Setting setting{table, std::move(key), Setting::Type::kText, {}, node.source().begin.line};
  if (auto const* flag = node.as_boolean()) {
    setting.type = Setting::Type::kFlag;
    setting.values.emplace_back(flag->get() ? "true" : "false");
    return setting;
  }
  auto const refused = [&] {
    return bad_file(file, setting.line,
                    fmt::format("'{}' is neither a text, a number, true, false nor a list of texts",
                                setting.key));
  };
  if (auto const* list = node.as_array()) {
    setting.type = Setting::Type::kList;
    for (auto const& item : *list) {
      auto text = text_of(item);
      if (!text) return refused();
      setting.values.push_back(std::move(*text));
    }
    return setting;
  }
  auto text = text_of(node);
  if (!text) return refused();
  setting.values.push_back(std::move(*text));
  return setting;
}

Status read_table(const std::filesystem::path& file, const toml::table& node,
                  std::vector<std::string>& path, std::vector<Setting>& out) {
  for (auto const& [key, value] : node) {
    std::string name(key.str());
    if (auto const* below = value.as_table()) {
      path.push_back(std::move(name));
      auto read = read_table(file, *below, path, out);
      path.pop_back();
      if (!read) return read;
      continue;
    }
    auto setting = read_setting(file, value, path, std::move(name));
    if (!setting) return setting.error();
    out.push_back(std::move(*setting));
  }
  return success();
}

Result<std::string> read_text(const std::filesystem::path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return bad_file(file, 0, "there is no such file");
  if (!std::filesystem::is_regular_file(file, code)) return bad_file(file, 0, "not a regular file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return bad_file(file, 0, "it cannot be opened for reading");
  std::string text(kMaxSize + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return bad_file(file, 0, "it cannot be read");
  if (text.size() > kMaxSize)
    return bad_file(file, 0, fmt::format("longer than {} bytes", kMaxSize));
  return text;
}

}  // namespace

std::vector<std::filesystem::path> default_settings_files() {
  auto const directory = [](const char* name) -> std::filesystem::path {
    auto const* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  std::vector<std::filesystem::path> files;
  auto const home = directory("HOME");
  if (auto const given = directory("XDG_CONFIG_HOME"); given.is_absolute()) {
    files.push_back(given / "aegis/aegis.toml");
  } else if (home.is_absolute()) {
    files.push_back(home / ".config/aegis/aegis.toml");
  }
  files.emplace_back("/etc/aegis/aegis.toml");
  return files;
}

Result<SettingsFile> load_settings(const std::filesystem::path& file) {
  SettingsFile loaded{file, {}};
  if (file.empty()) {
    std::error_code code;
    for (auto const& candidate : default_settings_files())
      if (loaded.path.empty() && std::filesystem::exists(candidate, code)) loaded.path = candidate;
    if (loaded.path.empty()) return loaded;
  }
  auto const text = read_text(loaded.path);
  if (!text) return text.error();
  try {
    std::vector<std::string> path;
    auto const document = toml::parse(*text);
    auto const read = read_table(loaded.path, document, path, loaded.settings);
    if (!read) return read.error();
  } catch (const toml::parse_error& error) {
    return bad_file(loaded.path, error.source().begin.line, std::string(error.description()));
  }
  std::stable_sort(loaded.settings.begin(), loaded.settings.end(),
                   [](const Setting& a, const Setting& b) { return a.line < b.line; });
  return loaded;
}

}  // namespace aegis::config
