// A directory of a test's own, gone with the test.
#pragma once

#include <filesystem>
#include <string>

namespace aegis::test {

// Kept when AEGIS_KEEP is set, for a look at what a failed run has left; the path is then printed.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);
// Mode 0600, as key and state files must have.
void write_private_file(const std::filesystem::path& file, const std::string& text);

}  // namespace aegis::test
