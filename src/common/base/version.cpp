#include "common/base/version.hpp"

namespace aegis {

std::string_view version() {
  return AEGIS_VERSION;
}

}  // namespace aegis
