#include "support/programs.hpp"

#include <cstdlib>
#include <sstream>

#include <unistd.h>

namespace aegis::test {

std::string aegis_program() {
  const char* const chosen = std::getenv("AEGIS_BINARY");
  return chosen != nullptr ? chosen : AEGIS_BUILT_BINARY;
}

std::string linkemu_program() {
  return AEGIS_BUILT_LINKEMU;
}
std::string ts_source_program() {
  return AEGIS_BUILT_TS_SOURCE;
}
std::string ts_sink_program() {
  return AEGIS_BUILT_TS_SINK;
}

bool installed(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace aegis::test
