// Files of a mode, beside what support/temp_dir.hpp has.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace aegis::test {

inline void write_file(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  std::ofstream(file, std::ios::binary) << text;
  ::chmod(file.c_str(), mode);
}

inline mode_t mode_of(const std::filesystem::path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

}  // namespace aegis::test
