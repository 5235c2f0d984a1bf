// Where the programs under test stand: beside this build, or where an environment variable says.
#pragma once

#include <string>

namespace aegis::test {

std::string aegis_program();  // AEGIS_BINARY
std::string linkemu_program();
std::string ts_source_program();
std::string ts_sink_program();

// Is `name` found by PATH?
bool installed(const std::string& name);

}  // namespace aegis::test
