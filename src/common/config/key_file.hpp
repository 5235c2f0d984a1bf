// Files that hold one key: what the relay's HTTP asks for, or what its hooks are signed with.
#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

// One line of 26 to 200 printable characters, in a file of mode 0600. kConfiguration otherwise,
// with how to make one, and without a word of its content; `noun` is what it calls the file: "API
// key file".
Result<crypto::Secret> load_key_file(const std::filesystem::path& file, std::string_view noun);

}  // namespace aegis::config
