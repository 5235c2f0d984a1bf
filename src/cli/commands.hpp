// Every command: what was typed in, what it came to out.
#pragma once

#include <filesystem>

#include "cli/app.hpp"
#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::agent {
struct StreamOptions;
}
namespace aegis::config {
struct State;
}

namespace aegis::cli {

Status cmd_relay_serve(const Arguments& arguments);
Status cmd_stream(const Arguments& arguments);
Status cmd_pair(const Arguments& arguments);
Status cmd_pair_new(const Arguments& arguments);
Status cmd_pair_list(const Arguments& arguments);
Status cmd_pair_show(const Arguments& arguments);
Status cmd_pair_export(const Arguments& arguments);
Status cmd_pair_rename(const Arguments& arguments);
Status cmd_pair_rotate(const Arguments& arguments);
Status cmd_pair_revoke(const Arguments& arguments);
Status cmd_tenant_new(const Arguments& arguments);
Status cmd_tenant_list(const Arguments& arguments);
Status cmd_tenant_rotate(const Arguments& arguments);
Status cmd_tenant_revoke(const Arguments& arguments);
Status cmd_state_check(const Arguments& arguments);
Status cmd_state_export(const Arguments& arguments);
Status cmd_state_import(const Arguments& arguments);
Status cmd_link(const Arguments& arguments);
Status cmd_stats(const Arguments& arguments);
Status cmd_config_show(const Arguments& arguments);
Status cmd_doctor(const Arguments& arguments);

// Parts of `stream` and `doctor`: --link, and --relay with --key or what there is without them.
Status add_links(const Arguments& arguments, agent::StreamOptions& options);
Status add_relays(const Arguments& arguments, const config::State& state,
                  agent::StreamOptions& options);

// Parts of `pair new` and `pair rotate`: a code for a stream's first rig, a code by which its rig
// gets another key, and the same asked for by the rig itself.
Status invite_rig(const Arguments& arguments);
Status invite_again(const Arguments& arguments);
Status rotate_at_rig(const Arguments& arguments);

// --state, else the usual place.
std::filesystem::path state_file(const Arguments& arguments);

// 160 random bits behind `prefix`, which is part of the key: it opens nothing by itself, but tells
// a play key that was pasted into an encoder from a publish key.
crypto::Secret fresh_key(std::string_view prefix);

Error unknown_tenant(const std::string& name);

}  // namespace aegis::cli
