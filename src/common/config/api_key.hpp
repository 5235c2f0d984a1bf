// The file with the key that the relay's HTTP asks for.
#pragma once

#include <filesystem>

#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

// One line of 26 to 200 printable characters, in a file of mode 0600. kConfiguration otherwise,
// with how to make one, and without a word of its content.
Result<crypto::Secret> load_api_key(const std::filesystem::path& file);

}  // namespace aegis::config
