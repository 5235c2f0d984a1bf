// Every command: what was typed in, what it came to out.
#pragma once

#include <filesystem>

#include "cli/app.hpp"
#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::cli {

Status cmd_relay_serve(const Arguments& arguments);
Status cmd_stream(const Arguments& arguments);
Status cmd_pair_new(const Arguments& arguments);
Status cmd_pair_list(const Arguments& arguments);
Status cmd_pair_show(const Arguments& arguments);
Status cmd_pair_rotate(const Arguments& arguments);
Status cmd_pair_revoke(const Arguments& arguments);
Status cmd_tenant_new(const Arguments& arguments);
Status cmd_tenant_list(const Arguments& arguments);
Status cmd_tenant_rotate(const Arguments& arguments);
Status cmd_tenant_revoke(const Arguments& arguments);
Status cmd_link(const Arguments& arguments);
Status cmd_stats(const Arguments& arguments);

// --state, else the usual place.
std::filesystem::path state_file(const Arguments& arguments);

// 160 random bits behind `prefix`, which is part of the key: it opens nothing by itself, but tells
// a play key that was pasted into an encoder from a publish key.
crypto::Secret fresh_key(std::string_view prefix);

Error unknown_tenant(const std::string& name);

}  // namespace aegis::cli
