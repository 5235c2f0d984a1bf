// aegis.toml as a flat list of entries. What they mean is the command line's business.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace aegis::config {

// `key = value` in [table.path]. Numbers are kept as they read, flags as "true" or "false".
struct Setting {
  enum class Type { kText, kFlag, kList };
  std::vector<std::string> table;
  std::string key;
  Type type = Type::kText;
  std::vector<std::string> values;  // one but for kList
  unsigned line = 0;
};

struct SettingsFile {
  std::filesystem::path path;
  std::vector<Setting> settings;  // in the order of the file's lines
};

// Where aegis.toml is looked for, in order: $XDG_CONFIG_HOME/aegis (else ~/.config/aegis),
// /etc/aegis.
std::vector<std::filesystem::path> default_settings_files();

// Reads `file`, or when it is empty the first of the default files that exists; none is no
// settings. kConfiguration when a named file does not exist, cannot be read or is not TOML, with
// its line.
Result<SettingsFile> load_settings(const std::filesystem::path& file);

}  // namespace aegis::config
