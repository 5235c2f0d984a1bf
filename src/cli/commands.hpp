// Every command: what was typed in, what it came to out.
#pragma once

#include <filesystem>

#include "cli/app.hpp"
#include "common/base/result.hpp"

namespace aegis::cli {

Status cmd_relay_serve(const Arguments& arguments);
Status cmd_stream(const Arguments& arguments);
Status cmd_pair_new(const Arguments& arguments);
Status cmd_pair_list(const Arguments& arguments);
Status cmd_pair_show(const Arguments& arguments);
Status cmd_pair_rotate(const Arguments& arguments);
Status cmd_pair_revoke(const Arguments& arguments);
Status cmd_link(const Arguments& arguments);
Status cmd_stats(const Arguments& arguments);

// --state, else the usual place.
std::filesystem::path state_file(const Arguments& arguments);

}  // namespace aegis::cli
