// The version of this program, as CMakeLists.txt names it.
#pragma once

#include <string_view>

namespace aegis {

std::string_view version();  // "1.2.3"

}  // namespace aegis
