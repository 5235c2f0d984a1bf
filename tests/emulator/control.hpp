// The emulator's commands and reports, as text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/link.hpp"

namespace aegis::emulator {

using Links = std::vector<std::unique_ptr<Link>>;

// One command line to one reply line without a line end: "ok", "error: ...", or JSON for "stats".
std::string execute(std::string_view line, Links& links, const FindTrace& find_trace, Time now);

// {"links":[{"name":..,"plugged":..,"up":{..},"down":{..}}]} on one line.
std::string report(const Links& links);

}  // namespace aegis::emulator
