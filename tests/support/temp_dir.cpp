#include "support/temp_dir.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace aegis::test {

namespace fs = std::filesystem;

TempDir::TempDir() {
  // mkdtemp() wants six of them to put something else in their place.
  std::string path = (fs::temp_directory_path() / "aegis-test-").string() + std::string(6, 'X');
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  path_ = path;
}

TempDir::~TempDir() {
  if (std::getenv("AEGIS_KEEP") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

void write_private_file(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary).close();
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace aegis::test
