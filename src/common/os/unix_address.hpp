// Paths as Unix socket addresses. Not for other rooms.
#pragma once

#include <filesystem>

#include <sys/un.h>

#include "common/base/result.hpp"

namespace aegis::os {

// kConfiguration when the path is longer than the kernel takes (107 bytes).
Result<sockaddr_un> unix_address(const std::filesystem::path& path);

// For bind() and connect().
inline const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace aegis::os
